// differs: self has no name in borrow errors, and a lifetime `this` in what is reported a second time
use desugar::desugar;

struct S {
    n: u32,
    text: String,
}

impl S {
    #[desugar]
    async fn set(&self) {
        std::future::ready(()).await;
        self.n = 1;
    }

    #[desugar]
    async fn take(&self) -> String {
        std::future::ready(()).await;
        self.text
    }

    #[desugar]
    async fn two(&mut self) {
        let a = &mut self.text;
        let b = &mut self.text;
        std::future::ready(()).await;
        a.push('a');
        b.push('b');
    }

    #[desugar]
    async fn nothing(&self) {
        std::future::ready(()).await;
        self.missing();
        self.absent;
    }

    #[desugar]
    async fn stat() {
        std::future::ready(()).await;
        self.n;
    }
}

fn main() {}
