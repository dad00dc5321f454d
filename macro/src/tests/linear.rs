//! How long each stage takes on functions of 10, 100 and 1,000 awaits. Nothing is asserted: times vary.
//!
//! `cargo test --release -p desugar-macro --lib -- --ignored --nocapture microseconds`

use std::time::{Duration, Instant};

use crate::{emit, expand, layout, liveness, mark, parse, resolve, unfold};

/// A function with so many awaits: some variables live long, others over a few awaits, in loops and branches.
fn function(awaits: usize) -> String {
    let mut body = String::new();
    for index in 0..awaits / 10 {
        body += &format!(
            "
            let step_{index} = {{
                let mut buffer = [0u8; 64];
                let n = source.read(&mut buffer).await?;
                let name = look_up(n, key.as_str()).await;
                if n > 3 {{
                    let reply = send(name.clone(), &buffer[..n]).await?;
                    total += reply.weigh().await;
                }} else {{
                    let other = open(name).await;
                    total += close(other, n).await;
                }}
                match pick(total).await {{
                    Kind::First(a) => first(a).await,
                    Kind::Second {{ b, c }} => second(b, c).await,
                    Kind::Third => 3,
                }}
            }};
            for part in split(step_{index}) {{
                total += weigh(part, &mut source).await;
            }}
            finish(total).await;
            "
        );
    }
    format!("async fn function(mut source: Source, key: String) -> Result<u64, Error> {{ let mut total = 0; {body} Ok(total) }}")
}

#[test]
#[ignore = "prints times, which mean nothing in a debug build or beside other tests"]
fn microseconds_per_await() {
    println!(
        "{:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "awaits", "parse", "unfold", "resolve", "mark", "liveness", "layout", "emit"
    );
    for awaits in [10, 100, 1000] {
        let item: proc_macro2::TokenStream = function(awaits).parse().expect("it is Rust");
        let rounds = 2000 / awaits;
        let mut times = [Duration::ZERO; 7];
        for _ in 0..rounds {
            let mut clock = Instant::now();
            let mut stage = 0;
            let mut lap = || {
                times[stage] += clock.elapsed();
                stage += 1;
                clock = Instant::now();
            };
            let parsed =
                parse::parse(Default::default(), syn::parse2(item.clone()).expect("it is one"), Default::default());
            let parsed = parsed.expect("nothing is refused");
            lap();
            let function = unfold::unfold(&parsed);
            lap();
            let resolved = resolve::resolve(&function).expect("nothing is refused");
            lap();
            let marked = mark::mark(&resolved, crate::mark::Edition::Since2024).expect("nothing is refused");
            lap();
            let liveness = liveness::liveness(&marked).expect("nothing is refused");
            lap();
            let layout = layout::layout(&marked, &liveness, &function.sig.ident, expand::mentions(&resolved));
            lap();
            let function = function.into();
            let since_2024 = emit::Analysed { function, marked, liveness, layout, blocks: Vec::new() };
            emit::emit(&emit::Editions { since_2024, before: None });
            lap();
        }
        let per_await = times.map(|time| time.as_secs_f64() * 1e6 / (rounds * awaits) as f64);
        let columns: Vec<String> = per_await.iter().map(|time| format!("{time:9.1}")).collect();
        println!("{awaits:>8} {}", columns.join(" "));
    }
}
