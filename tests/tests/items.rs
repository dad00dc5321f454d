//! The attribute on a whole impl, trait or module: each async function in it, and nothing else.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::future::Future;

#[test]
fn inherent_impl() {
    compare! {
        Shelf::open("shelf"), shelf().count(2), shelf().rename(D("other")), shelf().plain();

        #[derive(Debug)]
        struct Shelf {
            d: D,
            n: u32,
        }

        fn shelf() -> Shelf {
            Shelf { d: D("shelf"), n: Shelf::FIRST }
        }

        #[desugar]
        impl Shelf {
            const FIRST: u32 = 1;

            async fn open(name: &str) -> Self {
                let d = fetch(name).await;
                pause("p").await;
                Self { d, n: Self::FIRST }
            }

            async fn count(&self, more: u32) -> u32 {
                let local = D("local");
                let n = self.d.peek().await as u32;
                tick(&local.name());
                self.n + self.sum(n) + more
            }

            async fn rename(&mut self, d: D) -> &D {
                self.d = d;
                pause("p").await;
                &self.d
            }

            fn sum(&self, n: u32) -> u32 {
                self.n + n
            }

            fn plain(&self) -> impl Future<Output = usize> + '_ {
                let at_once = D("at once");
                self.d.peek()
            }
        }
    }
}

#[test]
fn module() {
    compare! {
        drinks::brew(2), drinks::Kettle { d: D("kettle") }.boil(), drinks::cups::wash(D("cup")), drinks::poured(&D("tea"));

        #[desugar]
        mod drinks {
            use desugar_tests::*;

            pub(super) struct Kettle {
                pub(super) d: D,
            }

            pub(super) async fn brew(n: u32) -> u32 {
                let kettle = Kettle { d: D("kettle") };
                kettle.boil().await + value("brew", n).await
            }

            impl Kettle {
                pub(super) async fn boil(&self) -> u32 {
                    pause("boil").await;
                    self.d.peek().await as u32
                }
            }

            trait Pour {
                async fn pour(&self) -> String;
            }

            impl Pour for D {
                async fn pour(&self) -> String {
                    pause("pour").await;
                    self.name()
                }
            }

            pub(super) fn poured(d: &D) -> impl Future<Output = String> + '_ {
                d.pour()
            }

            use std::future::Future;

            pub(super) mod cups {
                use desugar_tests::*;

                pub(crate) async fn wash(cup: D) -> D {
                    pause("wash").await;
                    cup
                }
            }
        }
    }
}

/// What a future is, by the name of its type.
fn type_of<T>(_: &T) -> &'static str {
    std::any::type_name::<T>()
}

mod parts {
    #[desugar::desugar]
    pub(super) mod desugared {
        use std::future::Future;

        pub(crate) async fn function() {}

        #[desugar(skip)]
        pub(crate) async fn left_out() {}

        #[desugar]
        pub(crate) fn plain_with_the_attribute() -> u32 {
            std::future::ready(1).await
        }

        pub(crate) fn plain() -> impl Future<Output = ()> {
            std::future::ready(())
        }

        #[desugar(skip)]
        pub(crate) mod left_out_module {
            pub(crate) async fn function() {}
        }

        pub(crate) struct Unit;

        #[desugar::desugar(skip)]
        impl Unit {
            pub(crate) async fn left_out() {}
        }

        #[desugar(inspect)]
        impl Unit {
            pub(crate) async fn inspected() {
                std::future::ready(()).await
            }
        }
    }
}

#[test]
fn what_is_skipped_stays_native() {
    use parts::desugared::*;

    fn is_machine(of: &str) -> bool {
        of.contains("Machine<")
    }

    assert!(is_machine(type_of(&function())));
    assert!(is_machine(type_of(&plain_with_the_attribute())));
    assert!(is_machine(type_of(&Unit::inspected())));
    assert!(!is_machine(type_of(&plain())));
    assert!(!is_machine(type_of(&left_out())));
    assert!(!is_machine(type_of(&Unit::left_out())));
    assert!(!is_machine(type_of(&left_out_module::function())));
}

#[test]
fn arguments_go_to_every_function() {
    use desugar::Inspect;

    #[desugar::desugar(inspect)]
    mod inspected {
        pub(super) async fn first() {
            std::future::ready(()).await
        }

        pub(super) async fn second(n: u32) -> u32 {
            std::future::ready(n).await
        }
    }

    assert_eq!(inspected::first().state().name, "NeverPolled");
    assert_eq!(inspected::second(1).state().name, "NeverPolled");
    assert_eq!(parts::desugared::Unit::inspected().state().name, "NeverPolled");
}

trait Service {
    type Output;

    fn call(&mut self, n: u32) -> impl Future<Output = Self::Output>;
}

#[test]
fn trait_impl() {
    compare! {
        Echo { d: D("echo"), calls: 0 }.call(1);

        struct Echo {
            d: D,
            calls: u32,
        }

        #[desugar]
        impl Service for Echo {
            type Output = u32;

            async fn call(&mut self, n: u32) -> Self::Output {
                self.calls += 1;
                self.d.extend().await;
                n + self.calls
            }
        }
    }
}

#[test]
fn trait_with_required_and_provided_methods() {
    compare! {
        through(Cup(D("cup"))), through(Bowl), Cup(D("cup")).twice(), Bowl.twice();

        #[desugar]
        trait Vessel {
            const SIZE: u32;
            type Content: std::fmt::Debug;

            /// What is in it.
            async fn content(&self) -> Self::Content;

            async fn fill(&mut self, with: &str);

            async fn volume(&self) -> u32 {
                let local = D("volume");
                pause("p").await;
                Self::SIZE
            }

            async fn twice(&mut self) -> (Self::Content, u32) {
                self.fill("twice").await;
                (self.content().await, self.volume().await)
            }
        }

        struct Cup(D);

        #[desugar]
        impl Vessel for Cup {
            const SIZE: u32 = 2;
            type Content = String;

            async fn content(&self) -> String {
                self.0.peek().await;
                self.0.name()
            }

            async fn fill(&mut self, with: &str) {
                pause(with).await;
                self.0.rename("filled");
            }
        }

        struct Bowl;

        // An impl need not be desugared for its trait to be, nor the other way round.
        impl Vessel for Bowl {
            const SIZE: u32 = 7;
            type Content = u8;

            async fn content(&self) -> u8 {
                1
            }

            async fn fill(&mut self, with: &str) {
                pause(with).await;
            }

            async fn volume(&self) -> u32 {
                Self::SIZE + 1
            }
        }

        #[desugar]
        async fn through<V: Vessel>(mut vessel: V) -> (V::Content, u32) {
            vessel.fill("poured").await;
            vessel.twice().await
        }
    }
}

#[test]
fn a_required_method_alone() {
    compare! {
        Cup(D("cup")).content();

        trait Vessel {
            #[desugar]
            async fn content(&self) -> &D;
        }

        struct Cup(D);

        impl Vessel for Cup {
            #[desugar]
            async fn content(&self) -> &D {
                self.0.peek().await;
                &self.0
            }
        }
    }
}

#[test]
fn what_cfg_removes_is_not_there() {
    struct Shelf;

    #[desugar::desugar]
    impl Shelf {
        #[cfg(test)]
        async fn count(&self) -> u32 {
            1
        }

        // Refused where it is there.
        #[cfg(not(test))]
        async fn count(&self) -> u32 {
            const { later().await }
        }
    }

    assert_eq!(desugar::block_on(Shelf.count()), 1);
}
