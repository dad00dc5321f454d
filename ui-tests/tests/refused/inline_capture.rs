use desugar::desugar;

macro_rules! text {
    ($($tokens:tt)*) => {
        format!($($tokens)*)
    };
}

struct Account {
    owner: String,
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.owner)
    }
}

impl Account {
    #[desugar]
    async fn greet(&self) -> String {
        std::future::ready(()).await;
        text!("hello {self}")
    }
}

fn main() {}
