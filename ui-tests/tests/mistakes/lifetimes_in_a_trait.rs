// differs: what goes wrong in the machine too is said twice, where the other lifetime is that of the impl
use desugar::desugar;

trait Store {
    async fn put<'k>(&mut self, list: &mut Vec<&'k str>, key: &str);
    async fn get<'a>(&self, key: &'a str) -> &'a str;
    async fn keep(&mut self, key: &str);
    async fn longer<'a, 'b>(&'a self, first: &'b str) -> &'b str;
    async fn run(self, name: &str) -> &str;
}

struct Memory<'m>(&'m str);

#[desugar]
impl<'m> Store for Memory<'m> {
    async fn put<'k>(&mut self, list: &mut Vec<&'k str>, key: &str) {
        std::future::ready(()).await;
        list.push(key);
    }

    async fn get<'a>(&self, key: &'a str) -> &'a str {
        std::future::ready(key.len()).await;
        self.0
    }

    async fn keep(&mut self, key: &str) {
        std::future::ready(()).await;
        self.0 = key;
    }

    async fn longer<'a, 'b>(&'a self, first: &'b str) -> &'b str {
        let copy: &'b str = self.0;
        std::future::ready(first.len()).await;
        copy
    }

    async fn run(self, name: &str) -> &str {
        let name = String::from(name);
        std::future::ready(()).await;
        &name
    }
}

fn main() {}
