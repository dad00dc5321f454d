// reads as natively
use desugar::desugar;

#[desugar]
async fn longest<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    std::future::ready(()).await;
    if a.len() > b.len() { a } else { b }
}

struct Cache {
    words: Vec<String>,
}

impl Cache {
    #[desugar]
    async fn get(&self, word: &str) -> &str {
        std::future::ready(()).await;
        if self.words.is_empty() { word } else { &self.words[0] }
    }
}

fn main() {}
