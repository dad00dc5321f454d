//! Functions that are no futures themselves, with async blocks in them.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use std::future::Future;
use std::pin::Pin;

use desugar_tests::*;

#[test]
fn a_block_in_a_box() {
    compare! {
        body(D("a"));

        #[desugar]
        fn body(a: D) -> Pin<Box<dyn Future<Output = usize>>> {
            let b = D("b");
            Box::pin(async move {
                let n = a.peek().await;
                pause("p").await;
                n + b.name().len()
            })
        }
    }
}

#[test]
fn a_block_that_borrows_arguments() {
    compare! {
        body(&D("a"), &mut vec![1]);

        #[desugar]
        fn body<'a>(a: &'a D, list: &'a mut Vec<usize>) -> impl Future<Output = usize> + use<'a> {
            tick("called");
            async move {
                list.push(a.peek().await);
                pause("p").await;
                list.push(a.name().len());
                list.len()
            }
        }
    }
}

#[test]
fn what_async_trait_makes_of_a_method() {
    compare! {
        run();

        trait Store {
            fn put<'life0, 'life1, 'async_trait>(
                &'life0 mut self,
                name: &'life1 str,
                n: usize,
            ) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'async_trait>>
            where
                'life0: 'async_trait,
                'life1: 'async_trait,
                Self: 'async_trait;
        }

        struct Memory<T> {
            names: Vec<String>,
            tag: T,
        }

        impl<T: Send + Sync + Clone + std::fmt::Debug> Store for Memory<T> {
            #[desugar]
            fn put<'life0, 'life1, 'async_trait>(
                &'life0 mut self,
                name: &'life1 str,
                n: usize,
            ) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'async_trait>>
            where
                'life0: 'async_trait,
                'life1: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async move {
                    if let Some(__ret) = None::<Result<usize, String>> {
                        return __ret;
                    }
                    let mut __self = self;
                    let name = name;
                    let n = n;
                    let __ret: Result<usize, String> = {
                        let tag = __self.tag.clone();
                        for i in 0..n {
                            let number = parse("7").await.map_err(|e| e.to_string())?;
                            __self.names.push(format!("{name} {i} {number} {tag:?}"));
                        }
                        Ok(__self.names.len())
                    };
                    #[allow(unreachable_code)]
                    __ret
                })
            }
        }

        #[desugar]
        async fn run() -> Result<usize, String> {
            let mut memory = Memory { names: Vec::new(), tag: 'x' };
            memory.put("first", 2).await?;
            memory.put("second", 1).await
        }
    }
}

#[test]
fn a_block_run_inside_of_the_function() {
    compare! {
        outer();

        fn wrap<F: Future>(future: F) -> Pin<Box<F>> {
            Box::pin(future)
        }

        #[desugar]
        fn body(n: usize) -> usize {
            let mut seen = vec![n];
            let text = String::from("text");
            {
                let block = wrap(async {
                    seen.push(text.len());
                    seen.len()
                });
                let n = desugar::block_on(block);
                tick(&format!("{n}"));
            }
            seen.push(1);
            seen.len() + text.len()
        }

        #[desugar]
        async fn outer() -> usize {
            pause("p").await;
            body(3)
        }
    }
}

#[test]
fn blocks_from_closures_in_a_plain_function() {
    compare! {
        body(2);

        #[desugar]
        fn body(n: usize) -> impl Future<Output = Vec<usize>> {
            let blocks = (0..n).map(|i| async move {
                let d = D(format!("d{i}"));
                pause("p").await;
                i + d.name().len()
            });
            futures::future::join_all(blocks.collect::<Vec<_>>())
        }
    }
}

#[test]
fn blocks_in_macros_of_a_plain_function() {
    compare! {
        body();

        #[desugar]
        fn body() -> impl Future<Output = Vec<usize>> {
            let name = String::from("name");
            let length = name.len();
            let blocks: Vec<Pin<Box<dyn Future<Output = usize>>>> = vec![
                Box::pin(async move { pause(&name).await; name.len() }),
                Box::pin(async move { pause("second").await; length }),
            ];
            futures::future::join_all(blocks)
        }
    }
}

#[test]
fn a_generic_function_with_a_block() {
    compare! {
        body(&D("a"), &"text", vec![1, 2]), body(&D("b"), &7u8, vec![]);

        #[desugar]
        fn body<'a, T: std::fmt::Display + ?Sized>(
            d: &'a D,
            shown: &'a T,
            numbers: impl IntoIterator<Item = usize> + 'a,
        ) -> Pin<Box<dyn Future<Output = String> + 'a>> {
            Box::pin(async move {
                let mut text = String::new();
                for number in numbers {
                    let show = show(d).await;
                    text += &format!("{show} {shown} {number};");
                }
                text
            })
        }
    }
}

#[test]
fn the_macro_for_a_block_anywhere() {
    compare! {
        body(D("a"), &mut Vec::new(), 2), Shelf(D("b")).count();

        fn body(d: D, list: &mut Vec<usize>, n: usize) -> impl Future<Output = Result<usize, String>> {
            let limit = 10;
            let add = move |m: usize| m + limit;
            desugar::block!(async move {
                let mut sum = 0;
                for i in 0..n {
                    pause("p").await;
                    list.push(i);
                    let add = add;
                    sum = add(sum);
                }
                tick(&format!("{sum} {n:?}"));
                sum += parse("3").await.map_err(|e| e.to_string())? as usize;
                let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
                Ok::<_, String>(sum + d.peek().await + shown.len())
            })
        }

        struct Shelf(D);

        impl Shelf {
            fn count(&self) -> impl Future<Output = usize> {
                desugar::block!(async move { self.0.peek().await + 1 })
            }
        }
    }
}

#[test]
fn blocks_that_read_and_one_that_changes() {
    compare! {
        outer();

        #[desugar]
        fn body() -> usize {
            let mut list = vec![1];
            list.push(2);
            let mut sum = 0;
            let first = async {
                pause("first").await;
                format!("{list:?}").len()
            };
            let second = async { &list[0] + 1 };
            let third = async {
                sum += list[1];
                pause("third").await;
                sum += 1;
            };
            let ((a, b), ()) = desugar::block_on(futures::future::join(futures::future::join(first, second), third));
            list.push(sum);
            a + b + list[2]
        }

        #[desugar]
        async fn outer() -> usize {
            body()
        }
    }
}
