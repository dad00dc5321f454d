//! Receivers: awaited values, locals whose last use is a method call, rvalues.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn awaited_value_as_receiver() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = fetch("a").await.name().len();
            let text = show(&D("b")).await.to_uppercase();
            let field = value("pair", (D("left"), 4)).await.1;
            pause("p").await;
            n + text.len() + field
        }
    }
}

#[test]
fn call_on_a_call() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let pool = Pool::new("pool");
            let n = pool.ping().await;
            pool.get().await.unwrap().query(n as u32).await.unwrap()
        }
    }
}

#[test]
fn last_use_borrows() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let pool = Pool::new("pool");
            pause("p").await;
            let n = d.peek().await;
            let m = pool.query(1).await.unwrap();
            pause("q").await;
            n + m as usize
        }
    }
}

#[test]
fn last_use_borrows_mutably() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut d = D("d");
            let mut pool = Pool::new("pool");
            pause("p").await;
            let n = d.extend().await;
            let m = pool.execute("renamed").await;
            pause("q").await;
            n + m
        }
    }
}

#[test]
fn last_use_consumes() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let pool = Pool::new("pool");
            pause("p").await;
            let n = d.finish().await;
            tick("d is gone");
            let m = pool.close().await;
            pause("q").await;
            n + m
        }
    }
}

#[test]
fn last_use_in_the_tail() {
    compare! {
        consumed(), borrowed();

        #[desugar]
        async fn consumed() -> usize {
            let _a = D("a");
            let pool = Pool::new("pool");
            let _b = D("b");
            pause("p").await;
            pool.close().await
        }

        #[desugar]
        async fn borrowed() -> usize {
            let _a = D("a");
            let pool = Pool::new("pool");
            let _b = D("b");
            pause("p").await;
            pool.ping().await
        }
    }
}

#[test]
fn parameter_as_last_receiver() {
    compare! {
        consumed(Pool::new("pool"), D("other")), borrowed(Pool::new("pool"), D("other"));

        #[desugar]
        async fn consumed(pool: Pool, _other: D) -> usize {
            pool.close().await
        }

        #[desugar]
        async fn borrowed(pool: Pool, _other: D) -> Result<u32, String> {
            pool.query(2).await
        }
    }
}

#[test]
fn synchronous_method_as_last_use() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (usize, String, usize) {
            let list = vec![D("a"), D("b")];
            let text = D("text");
            let option = Some(D("option"));
            pause("p").await;
            let kept = list.into_iter().skip(1).collect::<Vec<_>>();
            pause("q").await;
            let name = text.name();
            pause("r").await;
            let n = option.map_or(0, |d| d.name().len());
            pause("s").await;
            (kept.len(), name, n)
        }
    }
}

#[test]
fn consumed_in_a_branch() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let pool = Pool::new("pool");
            let n = if flag { pool.close().await } else { pool.ping().await };
            pause("p").await;
            n
        }
    }
}

#[test]
fn rvalue_receivers() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = Pool::new("consumed").close().await;
            let m = Pool::new("borrowed").ping().await;
            let k = Pool::new("mutated").execute("renamed").await;
            pause("p").await;
            n + m + k
        }
    }
}

#[test]
fn builder_chain_by_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let d = D("d");
            let text = Parser::new("parser").depth(1).depth(d.name().len() as u32).run().await;
            pause("p").await;
            text
        }
    }
}

#[test]
fn builder_chain_by_reference() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = Parser::new("parser").deeper().deeper().look().await;
            let mut parser = Parser::new("kept");
            parser.deeper();
            pause("p").await;
            n + parser.deeper().look().await
        }
    }
}

#[test]
fn builder_local_consumed_later() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> String {
            let mut parser = Parser::new("parser");
            pause("p").await;
            if flag {
                parser = parser.depth(5);
            }
            pause("q").await;
            parser.deeper();
            parser.run().await
        }
    }
}

#[test]
fn receiver_that_is_a_reference() {
    compare! {
        body(&Pool::new("pool"), &mut Pool::new("mutable"));

        #[desugar]
        async fn body(pool: &Pool, mutable: &mut Pool) -> usize {
            let r = &*pool;
            let n = pool.ping().await;
            mutable.execute("renamed").await;
            let m = mutable.ping().await;
            n + m + r.ping().await
        }
    }
}

#[test]
fn receiver_that_is_a_smart_pointer() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let boxed = Box::new(Pool::new("boxed"));
            let shared = std::rc::Rc::new(Pool::new("shared"));
            pause("p").await;
            let n = shared.ping().await;
            let m = boxed.ping().await;
            let k = boxed.close().await;
            n + m + k
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn receiver_that_is_a_field() {
    compare! {
        body();

        struct App {
            pool: Pool,
            d: D,
        }

        #[desugar]
        async fn body() -> usize {
            let mut app = App { pool: Pool::new("pool"), d: D("d") };
            pause("p").await;
            let n = app.pool.execute("renamed").await + app.d.peek().await;
            pause("q").await;
            let m = app.pool.close().await;
            pause("r").await;
            n + m + app.d.name().len()
        }
    }
}

#[test]
fn receiver_that_is_an_element() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut pools = vec![Pool::new("first"), Pool::new("second")];
            let n = pools[0].execute("renamed").await;
            pause("p").await;
            let m = pools[1].ping().await;
            n + m + pools.pop().unwrap().close().await
        }
    }
}

#[test]
fn receiver_that_is_a_copy_value() {
    compare! {
        body(Small(3));

        #[derive(Clone, Copy)]
        struct Small(u32);

        impl Small {
            async fn double(self) -> u32 {
                pause("double").await;
                self.0 * 2
            }
        }

        #[desugar]
        async fn body(small: Small) -> u32 {
            let other = small;
            let n = small.double().await;
            n + small.double().await + other.double().await
        }
    }
}

#[test]
fn option_receivers() {
    compare! {
        body(Some(D("d"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            let n = option.as_ref().map(|d| d.name().len()).unwrap_or(0);
            pause("p").await;
            let d = option.unwrap_or_else(|| D("default"));
            n + d.finish().await
        }
    }
}

#[test]
fn local_future_polled_through_a_method() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            use futures::FutureExt as _;
            let future = value("v", 3);
            let d = D("d");
            let n = future.map(|n| n + 1).await;
            tick(&d.name());
            value("w", n).then(|n| value("x", n * 2)).await
        }
    }
}

#[test]
fn scrutinee_as_last_use() {
    compare! {
        moved(Some(D("d"))), borrowed(Some(D("d"))), moved(None);

        #[desugar]
        async fn moved(option: Option<D>) -> usize {
            let _other = D("other");
            pause("p").await;
            match option {
                Some(d) => d.finish().await,
                None => 0,
            }
        }

        #[desugar]
        async fn borrowed(option: Option<D>) -> usize {
            let _other = D("other");
            pause("p").await;
            match option {
                Some(ref d) => d.peek().await,
                None => 0,
            }
        }
    }
}

#[test]
fn explicit_spellings_of_move_and_borrow() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let first = Pool::new("first");
            let second = Pool::new("second");
            pause("p").await;
            let n = { first }.close().await;
            let m = (&second).ping().await;
            pause("q").await;
            n + m
        }
    }
}

#[test]
fn awaited_receiver_in_an_argument_of_a_method() {
    compare! {
        body(Some(D("d"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> Vec<Option<String>> {
            let mut out = vec![];
            out.push(value("a", option).await.map(|d| d.name()));
            out
        }
    }
}

#[test]
fn awaited_receivers_of_both_kinds_after_another_receiver() {
    compare! {
        body(Some(D("d"))), body(None);

        struct Held(D);

        impl Held {
            fn take(self, n: u32) -> D {
                note("take", self.0)
            }
            fn lend(&self) -> &D {
                tick("lend");
                &self.0
            }
            async fn later(&self) -> usize {
                pause("later").await;
                self.0.name().len()
            }
        }

        #[desugar]
        async fn body(option: Option<D>) -> Vec<usize> {
            let mut all = Vec::new();
            all.extend(value("a", Some(D("a"))).await.iter().map(|d| d.name().len()));
            all.insert(note("at", 0), value("b", Held(D("b"))).await.take(value("n", 1).await).name().len());
            all.push({ value("c", D("c")).await }.name().len());
            all.push(value("d", Held(D("d"))).await.lend().name().len());
            all.push(*value("e", Box::new(5)).await);
            all.push((value("f", || 3).await)());
            all.push(format!("{}", value("g", D("g")).await.name()).len());
            all.push(match value("h", option).await { Some(d) => d.name().len(), None => 0 });
            all.push(value("i", Some(6)).await.unwrap_or_default() + value("j", Held(D("j"))).await.later().await);
            all.push(value("k", Held(D("k"))).await.lend().name().len());
            all
        }
    }
}

#[test]
fn awaited_receivers_in_a_list_at_the_end() {
    compare! {
        body(Some(D("d"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> Vec<String> {
            vec![
                value("a", Some(D("a"))).await.map_or(String::new(), |d| d.name()),
                value("b", option).await.map_or(String::new(), |d| d.name()),
            ]
        }
    }
}

#[test]
#[cfg_attr(
    feature = "edition-2021",
    ignore = "in a tail, temporaries outlive what it takes, as in a statement: see the README"
)]
fn question_mark_after_a_receiver_that_moves() {
    compare! {
        body(D("d"), Ok(1)), body(D("d"), Err(D("e")));

        struct Sum(D, u32);

        impl Sum {
            fn plus(self, n: u32) -> Result<u32, D> {
                note("plus", Ok(self.1 + n))
            }
        }

        #[desugar]
        async fn body(d: D, result: Result<u32, D>) -> Result<u32, D> {
            let sum = { Sum(d, 2) };
            let other = D("other");
            pause("p").await;
            { sum }.plus(value("n", result).await?)
        }
    }
}

#[test]
fn the_value_of_control_flow_as_a_receiver() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(first: bool) -> (String, usize, usize) {
            let name = if first { some("then", D("then")).await } else { Some(D("else")) }.unwrap().name();
            let len = { fetch("borrowed").await }.name().len();
            let n = match value("matched", D("matched")).await {
                d if first => d,
                d => consume_and_make(d).await,
            }
            .finish()
            .await;
            tick("behind");
            pause("p").await;
            if first { some("tail", D("tail")).await } else { None }.map_or((name, len, n), |d| (d.name(), 0, 1))
        }

        async fn consume_and_make(d: D) -> D {
            consume(d).await;
            D("made")
        }
    }
}

#[test]
fn awaited_values_of_control_flow_that_methods_take() {
    compare! {
        body(0), body(1), body(2);

        async fn get(n: usize) -> Result<D, D> {
            pause("get").await;
            if n == 0 { Ok(D("ok")) } else { Err(D("err")) }
        }

        #[desugar]
        async fn body(n: usize) -> (usize, usize) {
            let lent = if n == 2 { value("a", D("a")).await } else { D("b") }.name().len();
            let taken = match n {
                0 => get(n).await,
                _ => Ok(D("made")),
            }
            .map_or_else(|e| e.name().len(), |d| d.name().len());
            (taken + lent, { get(n).await }.map_or(7, |d| d.name().len()))
        }
    }
}

#[test]
fn methods_called_as_the_expansion_calls_its_variables() {
    compare! {
        body(2);

        struct Service(D);

        impl Service {
            async fn ready(&mut self) -> Result<&mut Self, String> {
                pause("ready").await;
                Ok(self)
            }
            async fn other(&mut self) -> Option<D> {
                pause("other").await;
                Some(D("other"))
            }
            async fn captures(&mut self, n: usize) -> Result<usize, String> {
                pause("captures").await;
                Ok(n + self.0.name().len())
            }
        }

        #[desugar]
        async fn body(n: usize) -> Result<usize, String> {
            let mut service = Service(D("service"));
            let m = service.ready().await.map_err(|e| e)?.captures(n).await.map_err(|e| e)?;
            let k = service.other().await.map_or(0, |d| d.name().len()) + service.captures(m).await.unwrap_or(0);
            let j = service.captures(k).await.map(|k| k + m)?.max(service.ready().await?.captures(1).await?);
            Ok(k + j)
        }
    }
}
