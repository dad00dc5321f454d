// reads as natively
use desugar::desugar;

mod m {
    pub struct P {
        x: u32,
    }
    impl P {
        fn secret(&self) {}
        pub fn new() -> P {
            P { x: 1 }
        }
    }
}

#[desugar]
async fn f() {
    let p = m::P::new();
    std::future::ready(()).await;
    p.secret();
    p.x;
}

fn main() {}
