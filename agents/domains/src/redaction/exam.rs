//! Orders with known answers. The accounts are the examples of the ISO 13616 registry.

use super::Redaction;
use super::schema::{Counts, Letter, Redacted};
use crate::trade::Question;

fn letter(text: &str) -> Letter {
    Letter { text: text.to_owned() }
}

fn redacted(text: &str, emails: u32, phones: u32, ibans: u32) -> Redacted {
    Redacted { text: text.to_owned(), found: Counts { emails, phones, ibans } }
}

pub(super) fn questions() -> Vec<Question<Redaction>> {
    vec![
        Question {
            about: "one of each",
            input: letter("Write to mara.l@example.org. Or call +49 30 1234567, or pay DE89370400440532013000."),
            right: redacted("Write to [EMAIL]. Or call [PHONE], or pay [IBAN].", 1, 1, 1),
            wrong: vec![
                ("text", redacted("Write to [EMAIL]. Or call [PHONE], or pay DE89370400440532013000.", 1, 1, 0)),
                ("text", redacted("Write to mara.[EMAIL]. Or call [PHONE], or pay [IBAN].", 1, 1, 1)),
                ("text", redacted("Write to [EMAIL]. Or call [PHONE]67, or pay [IBAN].", 1, 1, 1)),
                ("text", redacted("Write to [EMAIL]. Or call [IBAN], or pay [PHONE].", 1, 1, 1)),
                ("text", redacted("Write [EMAIL]. Or call [PHONE], or pay [IBAN].", 1, 1, 1)),
                ("text", redacted("Write to [EMAIL]! Or call [PHONE], or pay [IBAN].", 1, 1, 1)),
                ("found", redacted("Write to [EMAIL]. Or call [PHONE], or pay [IBAN].", 1, 0, 1)),
            ],
        },
        Question {
            about: "an account in groups, right behind a number",
            input: letter("+4791234567 NO93 8601 1117 947 x"),
            right: redacted("[PHONE] [IBAN] x", 0, 1, 1),
            wrong: vec![
                ("text", redacted("[PHONE] NO93 8601 1117 947 x", 0, 1, 0)),
                ("text", redacted("[PHONE] [IBAN] 947 x", 0, 1, 1)),
            ],
        },
        Question {
            about: "nothing that counts",
            input: letter("NO93 8601 1117 948, +49, a@b, 王梅@例.cn \u{1b}[2J"),
            right: redacted("NO93 8601 1117 948, +49, a@b, 王梅@例.cn \u{1b}[2J", 0, 0, 0),
            wrong: vec![
                ("text", redacted("[IBAN], +49, a@b, 王梅@例.cn \u{1b}[2J", 0, 0, 1)),
                ("text", redacted("NO93 8601 1117 948, +49, [EMAIL], 王梅@例.cn \u{1b}[2J", 1, 0, 0)),
                ("text", redacted("", 0, 0, 0)),
            ],
        },
    ]
}
