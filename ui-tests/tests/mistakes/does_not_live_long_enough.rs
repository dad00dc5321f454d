// reads as natively
use desugar::desugar;

async fn first(words: &[String]) -> &String {
    &words[0]
}

#[desugar]
async fn shortest() -> usize {
    let word;
    {
        let words = vec![String::from("one"), String::from("two")];
        word = first(&words).await;
        std::future::ready(()).await;
    }
    word.len()
}

#[desugar]
async fn temporary() -> usize {
    let word = first(&vec![String::from("one")]).await;
    std::future::ready(()).await;
    word.len()
}

fn main() {}
