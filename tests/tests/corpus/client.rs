//! What is built on an HTTP client: retries, redirects, pages, downloads, caches, mirrors.

use crate::support::{http::*, time::*, *};
use std::{collections::BTreeMap, io, str::FromStr};
use tokio::io::{AsyncWrite, AsyncWriteExt};

#[derive(Debug)]
pub enum ApiError {
    Http(HttpError),
    Io(io::Error),
    TooManyRedirects { last: String },
    RateLimited(Duration),
    Failed { code: u32, reason: String },
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        ApiError::Http(error)
    }
}

impl From<io::Error> for ApiError {
    fn from(error: io::Error) -> Self {
        ApiError::Io(error)
    }
}

#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub attempts: u32,
    pub base: Duration,
    pub max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { attempts: 3, base: Duration::from_millis(100), max: Duration::from_secs(1) }
    }
}

impl RetryPolicy {
    fn delay(&self, attempt: u32) -> Duration {
        self.base.saturating_mul(1 << attempt).min(self.max)
    }
}

fn ok(body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(200, body))
}

fn status(status: u16) -> Result<Response, HttpError> {
    Ok(Response::new(status, ""))
}

fn redirect(to: &str) -> Result<Response, HttpError> {
    Ok(Response::new(302, "moved").with_header("location", to))
}

fn page(body: &str, next: Option<&str>) -> Result<Response, HttpError> {
    let page = Response::new(200, body);
    Ok(match next {
        Some(next) => page.with_header("next", next),
        None => page,
    })
}

fn cut() -> Result<Response, HttpError> {
    Err(HttpError::Connection("cut".to_string()))
}

twice! {
    /// Tries again after errors that may pass, later each time.
    #[desugar]
    pub async fn get_with_retries(
        client: &Client,
        url: &str,
        policy: &RetryPolicy,
        may_pass: impl Fn(&HttpError) -> bool,
    ) -> Result<String, ApiError> {
        let mut attempt = 0;
        let response = loop {
            let result = client.get(url).header("attempt", attempt).send().await;
            let error = match result.and_then(Response::error_for_status) {
                Ok(response) => break response,
                Err(error) => error,
            };
            attempt += 1;
            if attempt >= policy.attempts || !may_pass(&error) {
                return Err(error.into());
            }
            let delay = policy.delay(attempt);
            warn!("{url}: {error}, again in {delay:?}");
            sleep(delay).await;
        };
        Ok(response.text().await?)
    }

    /// Waits as long as the server says before it tries again.
    #[desugar]
    pub async fn get_politely(client: Client, url: String) -> Result<Response, ApiError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let started = Instant::now();
        loop {
            let response = client.get(&url).send().await?;
            match response.status() {
                Status(429 | 503) => {
                    let wait = response.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(5);
                    let wait = Duration::from_secs(wait);
                    if started.elapsed() + wait > PATIENCE {
                        break Err(ApiError::RateLimited(wait));
                    }
                    sleep(wait).await;
                }
                status if status.is_server_error() => break Err(HttpError::Status(status).into()),
                _ => break Ok(response),
            }
        }
    }

    /// The response behind the redirects, and where it was.
    #[desugar]
    pub async fn follow(client: &Client, url: impl Into<String>, limit: usize) -> Result<(String, Response), ApiError> {
        let mut url = url.into();
        let mut seen = vec![];
        let found = 'redirects: loop {
            let response = client.get(&url).send().await?;
            if !response.status().is_redirection() {
                break 'redirects Some(response);
            }
            let Some(location) = response.header("location") else {
                break None;
            };
            let next = match location {
                absolute if absolute.starts_with("http") => absolute.to_string(),
                relative => format!("{}/{}", url.trim_end_matches('/'), relative.trim_start_matches('/')),
            };
            seen.push(std::mem::replace(&mut url, next));
            if seen.len() > limit || seen.contains(&url) {
                return Err(ApiError::TooManyRedirects { last: url });
            }
        };
        found.map(|response| (url, response)).ok_or_else(|| HttpError::Decode("no location".into()).into())
    }

    /// The items of all pages.
    #[desugar]
    pub async fn fetch_all<T>(client: &Client, path: &str, per_page: usize) -> Result<Vec<T>, ApiError>
    where
        T: FromStr + Send,
        T::Err: std::fmt::Debug,
    {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        for page in 1.. {
            let mut request = client.get(path).query(&[("per_page", per_page), ("page", page)]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let response = request.send().await?.error_for_status()?;
            let next = response.header("next").map(str::to_owned);
            let text = response.text().await?;
            let before = items.len();
            items.extend(text.split(',').filter(|item| !item.is_empty()).map(|item| item.trim().parse::<T>().unwrap()));
            if next.is_none() || items.len() == before {
                break;
            }
            cursor = next;
        }
        Ok(items)
    }

    /// Streams the body to the writer; says how far it is.
    #[desugar]
    pub async fn download<W>(
        client: &Client,
        url: &str,
        to: &mut W,
        progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
    ) -> Result<u64, ApiError>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut response = client.get(url).send().await?.error_for_status()?;
        let length = response.header("content-length").and_then(|text| text.parse::<u64>().ok());
        let mut written = 0u64;
        progress(written, length);
        while let Some(chunk) = response.chunk().await? {
            to.write_all(chunk.as_bytes()).await?;
            written += chunk.len() as u64;
            progress(written, length);
        }
        to.flush().await?;
        match length {
            Some(length) if length != written => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{written} of {length} bytes")).into())
            }
            Some(_) | None => Ok(written),
        }
    }

    pub struct Authorized {
        client: Client,
        token: String,
        refreshes: u32,
    }

    impl Authorized {
        pub fn new(client: Client, token: &str) -> Self {
            Authorized { client, token: token.to_string(), refreshes: 0 }
        }

        #[desugar]
        async fn refresh(&mut self) -> Result<&str, HttpError> {
            let body = format!("refresh_token={}", self.token);
            let response = self.client.post("/token").body(body).send().await?;
            self.token = response.error_for_status()?.text().await?;
            self.refreshes += 1;
            Ok(&self.token)
        }

        /// Sends what is built with the token; with a new one, if the old one is not good any more.
        #[desugar]
        pub async fn send<B>(&mut self, build: B) -> Result<(Status, String), ApiError>
        where
            B: Fn(&Client) -> RequestBuilder,
        {
            let request = build(&self.client).bearer_auth(&self.token);
            let mut response = request.send().await?;
            if response.status() == Status::UNAUTHORIZED {
                let token = self.refresh().await?.to_owned();
                info!("a new token of {} bytes", token.len());
                response = build(&self.client).bearer_auth(token).send().await?;
            }
            Ok((response.status(), response.text().await?))
        }
    }

    #[derive(Default)]
    pub struct EtagCache {
        entries: BTreeMap<String, (String, String)>,
    }

    impl EtagCache {
        /// The text, from the cache if the server says that it is still the same.
        #[desugar]
        pub async fn get<'c>(&'c mut self, client: &Client, url: &str) -> Result<&'c str, ApiError> {
            let request = match self.entries.get(url) {
                Some((etag, _)) => client.get(url).header("if-none-match", etag),
                None => client.get(url),
            };
            let response = request.send().await?;
            if response.status() == Status(304) {
                let (_, text) = &self.entries[url];
                return Ok(text);
            }
            let etag = response.header("etag").map(String::from);
            let text = response.error_for_status()?.text().await?;
            let entry = self.entries.entry(url.to_string()).or_default();
            *entry = (etag.unwrap_or_default(), text);
            Ok(&entry.1)
        }
    }

    #[desugar]
    pub async fn twice_through_the_cache(client: Client) -> Result<(String, usize), ApiError> {
        let mut cache = EtagCache::default();
        let first = cache.get(&client, "/a").await?.to_string();
        let second = cache.get(&client, "/a").await?;
        Ok((format!("{first} {second}"), second.len()))
    }

    /// Asks how far an operation is until it is done.
    #[desugar]
    pub async fn wait_for_operation(client: &Client, id: u32, every: Duration) -> Result<String, ApiError> {
        enum State {
            Running { percent: u8 },
            Done(String),
            Failed(u32),
        }

        fn state(text: &str) -> Option<State> {
            let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
            Some(match word {
                "running" => State::Running { percent: rest.parse().ok()? },
                "done" => State::Done(rest.to_string()),
                "failed" => State::Failed(rest.parse().ok()?),
                _ => return None,
            })
        }

        let url = format!("/operations/{id}");
        let mut shown = 0;
        loop {
            let text = client.get(&url).send().await?.error_for_status()?.text().await?;
            match state(&text) {
                Some(State::Running { percent: percent @ 0..=99 }) if percent > shown => {
                    info!("operation {id}: {percent} %");
                    shown = percent;
                }
                Some(State::Running { .. }) => {}
                Some(State::Done(result)) => return Ok(result),
                Some(State::Failed(code)) => return Err(ApiError::Failed { code, reason: text }),
                None => return Err(HttpError::Decode(text).into()),
            }
            sleep(every).await;
        }
    }

    /// What the first mirror gives that works.
    #[desugar]
    pub async fn from_mirrors(client: Client, mirrors: &[&str], path: &str) -> Result<String, Vec<(usize, HttpError)>> {
        let mut errors = Vec::with_capacity(mirrors.len());
        for (index, mirror) in mirrors.iter().enumerate() {
            let attempt = timeout(Duration::from_millis(50), client.get(format!("{mirror}{path}")).send()).await;
            let error = match attempt {
                Ok(Ok(response)) if response.status().is_success() => match response.text().await {
                    Ok(text) if !text.is_empty() => return Ok(text),
                    Ok(_) => HttpError::Decode(String::new()),
                    Err(error) => error,
                },
                Ok(Ok(response)) => HttpError::Status(response.status()),
                Ok(Err(error)) => error,
                Err(Elapsed) => HttpError::Timeout,
            };
            errors.push((index, error));
        }
        Err(errors)
    }

    /// Uploads in parts; what is there already is taken back if one of them fails.
    #[desugar]
    pub async fn upload(
        client: &Client,
        name: &str,
        content: &[u8],
        part_size: usize,
    ) -> Result<Vec<String>, ApiError> {
        let session = client.post(format!("/{name}?uploads")).send().await?.error_for_status()?.text().await?;
        let mut tags = Vec::new();
        for (n, part) in content.chunks(part_size).enumerate() {
            let part = String::from_utf8_lossy(part);
            let sent = client
                .request(Method::Put, &format!("/{name}"))
                .query(&[("part", (n + 1).to_string()), ("session", session.clone())])
                .body(&*part)
                .send()
                .await
                .and_then(Response::error_for_status);
            match sent {
                Ok(response) => tags.push(response.header("etag").unwrap_or("none").to_string()),
                Err(error) => {
                    let abort = client.request(Method::Delete, &format!("/{name}")).query(&[("session", &session)]);
                    if let Err(second) = abort.send().await {
                        error!("cannot abort after {error}: {second}");
                    }
                    return Err(error.into());
                }
            }
        }
        client.post(format!("/{name}")).query(&[("session", &session)]).body(tags.join(",")).send().await?;
        Ok(tags)
    }
}

#[test]
fn retries() {
    let may_pass = |error: &HttpError| !matches!(error, HttpError::Status(Status(400..=499)));
    compare_modules!(
        sendable(get_with_retries(
            &Client::new([cut(), status(500), ok("text")]),
            "/a",
            &RetryPolicy::default(),
            may_pass
        )),
        sendable(get_with_retries(&Client::new([status(500), status(404)]), "/a", &RetryPolicy::default(), may_pass)),
        sendable(get_with_retries(
            &Client::new([cut()]),
            "/a",
            &RetryPolicy { attempts: 2, ..Default::default() },
            |_| true
        )),
    );
}

#[test]
fn the_server_says_when() {
    let wait = |seconds: &str| Ok(Response::new(503, "").with_header("retry-after", seconds));
    compare_modules!(
        spawned(get_politely(Client::new([status(429), wait("3"), ok("text")]), "/a".to_string())),
        spawned(get_politely(Client::new([wait("20"), wait("20")]), "/a".to_string())),
        spawned(get_politely(Client::new([wait("x"), status(502)]), "/a".to_string())),
    );
}

#[test]
fn redirects() {
    compare_modules!(
        sendable(follow(&Client::new([redirect("b"), redirect("http://c"), ok("text")]), "http://a/", 3)),
        sendable(follow(&Client::new([redirect("b"), redirect("http://a/")]), "http://a/", 3)),
        sendable(follow(&Client::new([status(304)]), String::from("http://a/"), 3)),
    );
}

#[test]
fn pages() {
    compare_modules!(
        sendable(fetch_all::<u32>(&Client::new([page("1,2", Some("x")), page("3", None)]), "/list", 2)),
        sendable(fetch_all::<String>(&Client::new([page("a, b", Some("x")), page("", Some("y"))]), "/list?q=1", 2)),
        sendable(fetch_all::<u32>(&Client::new([page("1", Some("x")), status(500)]), "/list", 2)),
    );
}

#[test]
fn a_streamed_download() {
    let sized = |body, length| Ok(Response::new(200, body).with_header("content-length", length));
    compare_modules!(
        sendable(download(&Client::new([sized("ab|cd", "4")]), "/f", &mut Vec::new(), &mut |n, _| tick(
            &n.to_string()
        ))),
        sendable(download(&Client::new([sized("ab|cd", "5")]), "/f", &mut Vec::new(), &mut |_, _| ())),
        sendable(download(
            &Client::new([sized("ab|!cut", "x")]),
            "/f",
            &mut net::Wire::new("w", [""; 0]),
            &mut |_, _| ()
        )),
    );
}

#[test]
fn a_token_is_refreshed() {
    compare_modules!(
        sendable(Authorized::new(Client::new([status(401), ok("new"), ok("text")]), "old").send(|c| c.get("/a"))),
        sendable(Authorized::new(Client::new([status(401), status(403)]), "old").send(|c| c.post("/a").body("b"))),
        sendable(Authorized::new(Client::new([status(404)]), "old").send(|c| c.get("/a"))),
    );
}

#[test]
fn a_cache_of_etags() {
    let tagged = || Ok(Response::new(200, "text").with_header("etag", "1"));
    compare_modules!(
        spawned(twice_through_the_cache(Client::new([tagged(), status(304)]))),
        spawned(twice_through_the_cache(Client::new([tagged(), ok("other")]))),
        spawned(twice_through_the_cache(Client::new([tagged(), status(500)]))),
    );
}

#[test]
fn a_long_running_operation() {
    let every = Duration::from_secs(1);
    compare_modules!(
        sendable(wait_for_operation(&Client::new([ok("running 5"), ok("running 5"), ok("done x")]), 3, every)),
        sendable(wait_for_operation(&Client::new([ok("running 50"), ok("failed 7")]), 3, every)),
        sendable(wait_for_operation(&Client::new([ok("unknown")]), 3, every)),
    );
}

#[test]
fn mirrors() {
    compare_modules!(
        sendable(from_mirrors(Client::new([cut(), status(404), ok("text")]), &["a", "b", "c"], "/f")),
        sendable(from_mirrors(Client::new([ok(""), status(500)]), &["a", "b"], "/f")),
    );
}

#[test]
fn an_upload_in_parts() {
    let part = |etag| Ok(Response::new(200, "").with_header("etag", etag));
    compare_modules!(
        sendable(upload(&Client::new([ok("session"), part("1"), part("2"), ok("")]), "file", b"abcde", 3)),
        sendable(upload(&Client::new([ok("session"), part("1"), status(500), cut()]), "file", b"abcde", 3)),
    );
}
