//! The tour shows what it says it shows.

#[allow(dead_code, reason = "the tests show the functions themselves, not through `main`")]
#[path = "../examples/tour.rs"]
mod tour;

/// What a part of the tour writes.
fn shown(show: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    show(&mut out).expect("a `Vec` takes all that is written");
    String::from_utf8(out).expect("the tour is text")
}

#[test]
fn copy_goes_back_and_forth_between_reading_and_writing() {
    let text = shown(tour::show_copy);
    let moments: Vec<_> =
        text.lines().map(str::trim).filter(|line| line.starts_with("created") || line.starts_with("poll ")).collect();
    let expected = [
        "created                NeverPolled",
        "poll 1   Pending       WaitingForRead",
        "poll 2   Pending       WaitingForWrite",
        "poll 3   Pending       WaitingForRead",
        "poll 4   Pending       WaitingForWrite",
        "poll 5   Pending       WaitingForRead",
        "poll 6   Ready(Ok(12)) Finished",
    ];
    assert_eq!(moments, expected);
}

#[test]
fn each_text_is_that_of_its_function() {
    for (name, last) in
        [("trivial", "n * 2"), ("copy", "total += read;\n        }"), ("serve", "weight\n            }\n        }")]
    {
        let text = tour::source(name);
        assert!(text.starts_with(&format!("    async fn {name}(")), "{text}");
        assert!(text.ends_with(&format!("{last}\n    }}\n")), "{text}");
        assert_eq!(text.matches("async fn").count(), 1, "{text}");
    }
}

#[test]
fn no_line_is_wider_than_100_columns() {
    let text = [shown(tour::show_trivial), shown(tour::show_copy), shown(tour::show_serve)].concat();
    assert_eq!(text.lines().find(|line| line.len() > 100), None);
}
