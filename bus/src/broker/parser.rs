//! Bytes to operations, without copying: an [`Operation`] borrows from the connection's read buffer.
//!
//! Stateless: it is given what has been read and not yet used, and says either which operation stands first and how
//! long it is, or how many bytes it needs to tell. A message is judged by its first line, before its payload has
//! arrived.
//! Invariants: never panics; looks at no byte behind the operation; the longest unfinished operation is a control
//! line and a payload within the bounds given.
//! Leniency as nats-server's: verbs in any case, spaces and tabs in any number, a bare LF, anything after PING.
//! Source: NATS documentation, "Client Protocol"; nats-server 2.15.1 beside which `tests/raw.rs` runs.

use memchr::memchr;

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Connect(&'a [u8]),
    Info(&'a [u8]),
    Ping,
    Pong,
    Publish(Publish<'a>),
    Subscribe {
        filter: &'a [u8],
        group: Option<&'a [u8]>,
        sid: &'a [u8],
    },
    /// `after` is 0 for "now".
    Unsubscribe {
        sid: &'a [u8],
        after: u64,
    },
    /// `+OK`, which a client has no reason to send and which does no harm.
    Fine,
    /// `-ERR`, with which a client says goodbye.
    Error,
}

/// PUB or HPUB with its payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Publish<'a> {
    pub(super) subject: &'a [u8],
    pub(super) reply: Option<&'a [u8]>,
    /// Digits as the client wrote them: they go out again unchanged.
    pub(super) header_digits: Option<&'a [u8]>,
    pub(super) total_digits: &'a [u8],
    pub(super) header_len: usize,
    /// Header block and body.
    pub(super) content: &'a [u8],
    /// Everything behind the subject, `[reply ][header ]total\r\ncontent\r\n`, where the client wrote it just as it
    /// goes out: by far the common case, and then one copy suffices.
    pub(super) tail: Option<&'a [u8]>,
}

/// How far the bytes go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// This operation, of this many bytes.
    Done(Operation<'a>, usize),
    /// So many bytes are needed in all to tell more.
    Need(usize),
}

/// Why the connection must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParseError {
    /// No such verb, or a payload without its line end.
    UnknownOperation,
    /// A line without end.
    ControlLine,
    /// A payload above the limit.
    Payload,
    /// Wrong arguments. nats-server closes without a word, and so do we.
    Arguments,
}

/// What the parser must know of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) control_line_bytes_max: usize,
    pub(super) payload_bytes_max: usize,
    /// Whether the client has declared that it speaks headers.
    pub(super) headers: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Connect,
    Info,
    Ping,
    Pong,
    Pub,
    Hpub,
    Sub,
    Unsub,
    Ok,
    Err,
}

/// The operation that stands first in `input`.
pub(super) fn parse<'a>(input: &'a [u8], bounds: &Bounds) -> Result<Step<'a>, ParseError> {
    let Some((verb, verb_len)) = verb(input)? else {
        return Ok(Step::Need(input.len() + 1));
    };
    let behind = &input[verb_len..];
    if matches!(verb, Verb::Pub | Verb::Hpub | Verb::Sub | Verb::Unsub | Verb::Err) {
        match behind.first() {
            None => return Ok(Step::Need(input.len() + 1)),
            Some(b' ' | b'\t') => {}
            Some(_) => return Err(ParseError::UnknownOperation),
        }
    }
    let line_end = memchr(b'\n', behind);
    let line = trim_start(&behind[..line_end.unwrap_or(behind.len())]);
    if line.len() > bounds.control_line_bytes_max + usize::from(line.last() == Some(&b'\r')) {
        return Err(ParseError::ControlLine);
    }
    let Some(line_end) = line_end else {
        // Leading spaces are not part of the line, but they do fill the buffer.
        let too_long = behind.len() > bounds.control_line_bytes_max.saturating_mul(4);
        return if too_long { Err(ParseError::ControlLine) } else { Ok(Step::Need(input.len() + 1)) };
    };
    // As nats-server: a CR anywhere in the line costs the line its last byte.
    let line = match line {
        [rest @ .., b'\r'] => rest,
        [rest @ .., _] if memchr(b'\r', line).is_some() => rest,
        line => line,
    };
    let used = verb_len + line_end + 1;
    let operation = match verb {
        Verb::Ping => Operation::Ping,
        Verb::Pong => Operation::Pong,
        Verb::Ok => Operation::Fine,
        Verb::Err => Operation::Error,
        Verb::Connect => Operation::Connect(line),
        Verb::Info => Operation::Info(line),
        Verb::Sub => subscribe(line)?,
        Verb::Unsub => unsubscribe(line)?,
        Verb::Pub | Verb::Hpub => return publish(verb, line, input, used, bounds),
    };
    Ok(Step::Done(operation, used))
}

/// The verb and its length; `None` while what is there could still become one.
fn verb(input: &[u8]) -> Result<Option<(Verb, usize)>, ParseError> {
    let Some(first) = input.first() else {
        return Ok(None);
    };
    let (verb, spelling): (Verb, &[u8]) = match first.to_ascii_uppercase() {
        b'P' => match input.get(1).map(u8::to_ascii_uppercase) {
            None => return Ok(None),
            Some(b'U') => (Verb::Pub, b"PUB"),
            Some(b'I') => (Verb::Ping, b"PING"),
            Some(b'O') => (Verb::Pong, b"PONG"),
            Some(_) => return Err(ParseError::UnknownOperation),
        },
        b'H' => (Verb::Hpub, b"HPUB"),
        b'S' => (Verb::Sub, b"SUB"),
        b'U' => (Verb::Unsub, b"UNSUB"),
        b'C' => (Verb::Connect, b"CONNECT"),
        b'I' => (Verb::Info, b"INFO"),
        b'+' => (Verb::Ok, b"+OK"),
        b'-' => (Verb::Err, b"-ERR"),
        _ => return Err(ParseError::UnknownOperation),
    };
    let there = input.len().min(spelling.len());
    if !input[..there].eq_ignore_ascii_case(&spelling[..there]) {
        return Err(ParseError::UnknownOperation);
    }
    Ok((there == spelling.len()).then_some((verb, there)))
}

fn subscribe(line: &[u8]) -> Result<Operation<'_>, ParseError> {
    let mut words = line.split(|b| matches!(b, b' ' | b'\t' | b'\r')).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(filter), Some(sid), None, None) => Ok(Operation::Subscribe { filter, group: None, sid }),
        (Some(filter), group @ Some(_), Some(sid), None) => Ok(Operation::Subscribe { filter, group, sid }),
        _ => Err(ParseError::Arguments),
    }
}

fn unsubscribe(line: &[u8]) -> Result<Operation<'_>, ParseError> {
    let mut words = line.split(|b| matches!(b, b' ' | b'\t' | b'\r')).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(sid), None, _) => Ok(Operation::Unsubscribe { sid, after: 0 }),
        // As nats-server: a number that is none means "now".
        (Some(sid), Some(after), None) => {
            Ok(Operation::Unsubscribe { sid, after: number(after).map_or(0, |n| n as u64) })
        }
        _ => Err(ParseError::Arguments),
    }
}

fn publish<'a>(
    verb: Verb,
    line: &'a [u8],
    input: &'a [u8],
    used: usize,
    bounds: &Bounds,
) -> Result<Step<'a>, ParseError> {
    let mut words = [&[][..]; 4];
    let mut count = 0;
    // `words[i]` is a slice of `line`; their offsets tell whether the line is spelt as it goes out.
    let mut separators = 0;
    for word in line.split(|b| matches!(b, b' ' | b'\t')) {
        separators += 1;
        if word.is_empty() {
            continue;
        }
        *words.get_mut(count).ok_or(ParseError::Arguments)? = word;
        count += 1;
    }
    let words = &words[..count];
    let (subject, reply, header_digits, total_digits) = match (verb, words) {
        (Verb::Pub, &[subject, total]) => (subject, None, None, total),
        (Verb::Pub, &[subject, reply, total]) => (subject, Some(reply), None, total),
        (Verb::Hpub, _) if !bounds.headers => return Err(ParseError::Arguments),
        (Verb::Hpub, &[subject, header, total]) => (subject, None, Some(header), total),
        (Verb::Hpub, &[subject, reply, header, total]) => (subject, Some(reply), Some(header), total),
        _ => return Err(ParseError::Arguments),
    };
    let header_len = match header_digits {
        None => 0,
        Some(digits) => number(digits).ok_or(ParseError::Arguments)?,
    };
    let total = number(total_digits).ok_or(ParseError::Arguments)?;
    if header_len > total {
        return Err(ParseError::Arguments);
    }
    if total > bounds.payload_bytes_max {
        return Err(ParseError::Payload);
    }
    let content_end = used + total;
    match (input.get(content_end), input.get(content_end + 1)) {
        (Some(b'\r'), Some(b'\n')) => {}
        (None, _) | (Some(b'\r'), None) => return Ok(Step::Need(content_end + 2)),
        _ => return Err(ParseError::UnknownOperation),
    }
    // One space between words and none around, no tab, CR LF: then what stands behind the subject can go out as it
    // is. (A header of length 0 goes out as MSG, so its digits must not.)
    let line_len = line.len();
    let as_it_goes_out = separators == count
        && input.get(used.wrapping_sub(2)) == Some(&b'\r')
        && header_digits.is_none_or(|_| header_len > 0)
        && memchr(b'\t', line).is_none();
    let tail = as_it_goes_out
        .then(|| (used - 2).checked_sub(line_len).map(|at| &input[at + subject.len() + 1..content_end + 2]))
        .flatten();
    let content = &input[used..content_end];
    let publish = Publish { subject, reply, header_digits, total_digits, header_len, content, tail };
    Ok(Step::Done(Operation::Publish(publish), content_end + 2))
}

/// Decimal digits, at most nine of them: as nats-server, more is no size.
fn number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + usize::from(d - b'0')))
}

fn trim_start(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { control_line_bytes_max: 64, payload_bytes_max: 100, headers: true };

    fn one(input: &[u8]) -> Operation<'_> {
        match parse(input, &BOUNDS) {
            Ok(Step::Done(operation, used)) => {
                assert_eq!(used, input.len());
                operation
            }
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_message_written_as_it_goes_out_has_its_tail_in_one_piece() {
        for (input, tail) in [
            (&b"PUB a 2\r\nhi\r\n"[..], Some(&b"2\r\nhi\r\n"[..])),
            (b"pub a r.x 2\r\nhi\r\n", Some(b"r.x 2\r\nhi\r\n")),
            (b"PUB   a 2\r\nhi\r\n", Some(b"2\r\nhi\r\n")),
            (b"HPUB a r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", Some(b"r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")),
            (b"PUB a  2\r\nhi\r\n", None),
            (b"PUB a 2 \r\nhi\r\n", None),
            (b"PUB\ta\t2\r\nhi\r\n", None),
            (b"PUB a 2\nhi\r\n", None),
            (b"HPUB a 0 2\r\nhi\r\n", None),
        ] {
            let Operation::Publish(publish) = one(input) else { unreachable!() };
            assert_eq!(publish.tail, tail, "{:?}", String::from_utf8_lossy(input));
            assert_eq!(publish.subject, b"a");
        }
    }

    #[test]
    fn it_judges_by_the_first_line_and_the_first_bytes() {
        assert_eq!(parse(b"PUB a 101\r\n", &BOUNDS), Err(ParseError::Payload));
        assert_eq!(parse(b"PUB a 10000000000\r\n", &BOUNDS), Err(ParseError::Arguments));
        assert_eq!(parse(b"GET / HT", &BOUNDS), Err(ParseError::UnknownOperation));
        assert_eq!(parse(b"PIX", &BOUNDS), Err(ParseError::UnknownOperation));
        assert_eq!(parse(&[&b"SUB "[..], &[b'a'; 65]].concat(), &BOUNDS), Err(ParseError::ControlLine));
        assert_eq!(parse(&[&b"SUB "[..], &[b' '; 300]].concat(), &BOUNDS), Err(ParseError::ControlLine));
        assert_eq!(parse(b"PUB a 2\r\nhiX", &BOUNDS), Err(ParseError::UnknownOperation));
        assert_eq!(parse(b"PUB a 100\r\nhi", &BOUNDS), Ok(Step::Need(113)));
    }

    #[test]
    fn a_line_of_exactly_the_limit_passes() {
        let line = [&b"SUB "[..], &[b'a'; 62], b" 1\r\n"].concat();
        assert!(matches!(parse(&line, &BOUNDS), Ok(Step::Done(..))));
        let line = [&b"SUB "[..], &[b'a'; 63], b" 1\r\n"].concat();
        assert_eq!(parse(&line, &BOUNDS), Err(ParseError::ControlLine));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(input in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&input, &BOUNDS);
        }

        #[test]
        fn near_misses_neither(input in "(PUB|HPUB|SUB|UNSUB|PING|CONNECT)[ \t\r\n0-9a-c.*>]{0,40}(\r\n[a-z]{0,12}(\r\n)?)?") {
            let whole = parse(input.as_bytes(), &BOUNDS);
            // What is judged on part of the bytes is not judged otherwise on all of them.
            for cut in 0..input.len() {
                match parse(&input.as_bytes()[..cut], &BOUNDS) {
                    Ok(Step::Need(total)) => prop_assert!(total > cut),
                    early => prop_assert_eq!(&early, &whole, "at {}", cut),
                }
            }
        }
    }
}
