//! An agent that shortens texts: it picks the sentences whose words are the most frequent. No model, no network.
//! Run it beside `oikos up --dev`: `cargo run --example summarise`.
use oikos_agents::{Agent, Fault, strategy::Fixed};
use std::collections::HashMap;

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).map(str::to_lowercase).collect()
}

async fn summarise(text: String) -> Result<String, Fault> {
    let sentences = text.split_inclusive(['.', '!', '?']).map(str::trim).filter(|s| !s.is_empty());
    let mut count = HashMap::new();
    words(&text).into_iter().for_each(|word| *count.entry(word).or_insert(0) += 1);
    let score = |s: &str| words(s).iter().map(|word| count[word]).sum::<usize>() * 100 / words(s).len().max(1);
    let best = sentences.max_by_key(|s| score(s)).ok_or_else(|| Fault::order("there is no sentence in it"))?;
    Ok(best.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let agent = Agent::new("summariser").skill("text.summarise/v1", summarise).bid(Fixed::at("0.05")?).capacity(4);
    Ok(agent.serve().await?)
}
