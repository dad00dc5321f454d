use desugar::desugar;

enum Answer {
    Found(u32, String),
    Moved(String, u32),
}

fn answer() -> Answer {
    Answer::Found(200, String::new())
}

#[desugar]
async fn status() -> u32 {
    match answer() {
        Answer::Found(status, _) | Answer::Moved(_, status) => std::future::ready(status).await,
    }
}

fn main() {}
