// differs: the output names `Captures`, a future that is not `Send` names no variable, carets start at the `fn`
use desugar::desugar;

trait Service {
    fn call(&self, n: u32) -> impl Future<Output = u32> + Send;
}

struct A;
struct B;
struct C;
struct D;
impl Service for A {
    #[desugar]
    async fn call(&self, n: u64) -> u32 {
        std::future::ready(n as u32).await
    }
}

impl Service for B {
    #[desugar]
    async fn call(&self, n: u32) -> u64 {
        std::future::ready(n as u64).await
    }
}

impl Service for C {
    #[desugar]
    async fn call(&self, n: u32) -> u32 {
        let rc = std::rc::Rc::new(n);
        std::future::ready(()).await;
        *rc
    }
}

impl Service for D {
    #[desugar]
    async fn missing(&self, n: u32) -> u32 {
        std::future::ready(n).await
    }
}

fn main() {}
