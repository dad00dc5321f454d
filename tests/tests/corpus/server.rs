//! An HTTP server: connections that are kept alive, routes, extractors, middleware, ranges, events.

use crate::support::{db::*, http::*, net::*, sync::*, time::*, *};
use std::{collections::BTreeMap, fmt, io, sync::Arc};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum AppError {
    NotFound,
    Unauthorized(&'static str),
    TooLarge { limit: usize },
    BadRequest(String),
    Database(DbError),
    Io(io::Error),
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::RowNotFound => AppError::NotFound,
            error => AppError::Database(error),
        }
    }
}

impl From<io::Error> for AppError {
    fn from(error: io::Error) -> Self {
        AppError::Io(error)
    }
}

impl AppError {
    fn status(&self) -> u16 {
        match self {
            AppError::NotFound => 404,
            AppError::Unauthorized(_) => 401,
            AppError::TooLarge { .. } => 413,
            AppError::BadRequest(_) => 400,
            AppError::Database(DbError::Unique(_)) => 409,
            AppError::Database(_) | AppError::Io(_) => 500,
        }
    }
}

#[derive(Clone)]
pub struct State<T>(pub T);
pub struct Path<T>(pub T);
#[derive(Debug)]
pub struct Json<T>(pub T);

pub struct NewUser {
    pub name: String,
    pub email: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: u32,
    pub name: String,
}

/// What answers requests.
pub trait Handler {
    fn call(&self, request: Request) -> impl Future<Output = Result<Response, AppError>>;
}

pub struct Hello {
    pub name: &'static str,
}

impl Handler for Hello {
    async fn call(&self, request: Request) -> Result<Response, AppError> {
        pause("hello").await;
        match request.path.as_str() {
            "/" => Ok(Response::new(200, self.name)),
            "/big" => Err(AppError::TooLarge { limit: 1 }),
            _ => Err(AppError::NotFound),
        }
    }
}

fn reader(chunks: &[&str]) -> BufReader<Wire> {
    BufReader::new(Wire::new("browser", chunks))
}

fn found(rows: &[&str]) -> Result<Vec<Row>, DbError> {
    Ok(rows.iter().map(|text| row(text)).collect())
}

twice! {
    /// A request line, headers and a body of known length; `None` if the peer is gone.
    #[desugar]
    pub async fn read_request<R>(reader: &mut R, limit: usize) -> Result<Option<Request>, AppError>
    where
        R: AsyncBufRead + Unpin,
    {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(method), Some(path), Some("HTTP/1.1")) = (words.next(), words.next(), words.next()) else {
            return Err(AppError::BadRequest(format!("request line {:?}", line.trim_end())));
        };
        let method = match method {
            "GET" | "HEAD" => Method::Get,
            "POST" => Method::Post,
            other => return Err(AppError::BadRequest(format!("method {other}"))),
        };
        let mut request = Request::new(method, path);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).await?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) => drop(request.headers.insert(name.to_ascii_lowercase(), value.to_string())),
                None if line == "\r\n" => break,
                None => return Err(AppError::BadRequest(line)),
            }
        }
        if let Some(length) = request.header("content-length") {
            let length: usize = length.parse().map_err(|error| AppError::BadRequest(format!("{error}")))?;
            if length > limit {
                return Err(AppError::TooLarge { limit });
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).await?;
            request.body = String::from_utf8_lossy(&body).into_owned();
        }
        Ok(Some(request))
    }

    #[desugar]
    pub async fn write_response(to: &mut BufReader<Wire>, mut response: Response, close: bool) -> io::Result<usize> {
        use std::fmt::Write as _;
        let mut head = String::with_capacity(64);
        let _ = write!(head, "HTTP/1.1 {}\r\n", response.status().0);
        for (name, value) in &response.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head += if close { "connection: close\r\n\r\n" } else { "\r\n" };
        to.write_all(head.as_bytes()).await?;
        let mut written = head.len();
        while let Ok(Some(chunk)) = response.chunk().await {
            written += chunk.len();
            to.write_all(chunk.as_bytes()).await?;
        }
        to.flush().await?;
        Ok(written)
    }

    /// Answers one request after the other, until the peer is gone or one of both wants to close.
    #[desugar]
    pub async fn serve_connection<H: Handler>(
        mut io: BufReader<Wire>,
        handler: Arc<H>,
    ) -> Result<(u32, String), AppError> {
        let mut served = 0;
        let result = 'requests: loop {
            let (response, close) = match read_request(&mut io, 16).await {
                Ok(None) => break 'requests Ok(()),
                Ok(Some(request)) => {
                    let close = request.header("connection") == Some("close");
                    let response = handler.call(request).await.unwrap_or_else(|error| {
                        let status = error.status();
                        Response::new(status, &format!("{error:?}"))
                    });
                    (response, close)
                }
                Err(AppError::Io(error)) => break Err(error),
                Err(error) => (Response::new(error.status(), ""), true),
            };
            if let Err(error) = write_response(&mut io, response, close).await {
                break Err(error);
            }
            served += 1;
            if close {
                break Ok(());
            }
        };
        result?;
        io.shutdown().await?;
        Ok((served, io.get_ref().sent()))
    }

    pub struct Logged<H> {
        inner: H,
        log: Lock<Vec<String>>,
    }

    impl<H: Handler> Handler for Logged<H> {
        #[desugar]
        async fn call(&self, request: Request) -> Result<Response, AppError> {
            let started = Instant::now();
            let (method, path) = (request.method, request.path.clone());
            let result = self.inner.call(request).await;
            let status = match &result {
                Ok(response) => response.status().0,
                Err(error) => error.status(),
            };
            let line = format!("{method:?} {path} {status} {:?}", started.elapsed());
            self.log.lock().await.push(line);
            result
        }
    }

    pub struct Authenticated<H> {
        inner: H,
        sessions: BTreeMap<String, u32>,
    }

    impl<H> Handler for Authenticated<H>
    where
        H: Handler,
    {
        #[desugar]
        async fn call(&self, mut request: Request) -> Result<Response, AppError> {
            let token = request
                .headers
                .get("authorization")
                .and_then(|value| value.strip_prefix("Bearer "))
                .ok_or(AppError::Unauthorized("no token"))?;
            let Some(&user) = self.sessions.get(token) else {
                pause("slow answer to guessers").await;
                return Err(AppError::Unauthorized("unknown token"));
            };
            request.headers.insert("x-user".to_string(), user.to_string());
            self.inner.call(request).await.map(|response| response.with_header("x-user", &user.to_string()))
        }
    }

    #[desugar]
    pub async fn through_the_layers(requests: Vec<Request>) -> (Vec<Result<u16, u16>>, Vec<String>) {
        let sessions = BTreeMap::from([("secret".to_string(), 7)]);
        let inner = Authenticated { inner: Hello { name: "hello" }, sessions };
        let app = Arc::new(Logged { inner, log: Lock::new(vec![]) });
        let mut out = vec![];
        for request in requests {
            let result = app.clone().call(request).await;
            out.push(result.map(|response| response.status().0).map_err(|error| error.status()));
        }
        let log = std::mem::take(&mut *app.log.lock().await);
        (out, log)
    }

    /// `POST /users`.
    #[desugar]
    pub async fn create_user(
        State(db): State<Db>,
        Json(NewUser { name, email }): Json<NewUser>,
    ) -> Result<(Status, Json<User>), AppError> {
        if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
            return Err(AppError::BadRequest(format!("name {name:?}")));
        }
        let taken = query("select 1 from users where name = $1").bind(&name).fetch_optional(&db).await?.is_some();
        if taken {
            return Err(DbError::Unique(name).into());
        }
        let email = email.unwrap_or_else(|| format!("{name}@localhost"));
        let id = query("insert into users").bind(&name).bind(email).fetch_one(&db).await?.try_get("id")?;
        info!("created user {id} named {name}");
        Ok((Status(201), Json(User { id, name })))
    }

    /// `GET /users/{id}`.
    #[desugar]
    pub async fn get_user(State(db): State<Db>, Path(id): Path<u32>) -> Result<Json<User>, AppError> {
        let row = query("select id, name from users where id = $1").bind(id).fetch_one(&db).await?;
        Ok(Json(User { id: row.try_get("id")?, name: row.try_get("name")? }))
    }

    /// The handler of a request, by its method and the parts of its path.
    #[desugar]
    pub async fn route(state: &State<Db>, request: &Request) -> Result<Response, AppError> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, &segments[..]) {
            (Method::Get, [""] | ["index.html"]) => Ok(Response::new(200, "index")),
            (Method::Get, ["users", id]) => {
                let id = id.parse().map_err(|_| AppError::BadRequest(format!("id {id}")))?;
                let Json(user) = get_user(state.clone(), Path(id)).await?;
                Ok(Response::new(200, &user.name))
            }
            (Method::Post, ["users"]) => {
                let user = NewUser { name: request.body.clone(), email: None };
                let (Status(status), Json(user)) = create_user(state.clone(), Json(user)).await?;
                Ok(Response::new(status, "").with_header("location", &format!("/users/{}", user.id)))
            }
            (Method::Get, ["search", rest @ ..]) if !query.is_empty() => {
                pause("search").await;
                Ok(Response::new(200, &format!("{query} in {}", rest.join("/"))))
            }
            _ => Err(AppError::NotFound),
        }
    }

    /// The part of a file that the header `range` asks for.
    #[desugar]
    pub async fn serve_file(disk: &disk::Disk, path: &str, range: Option<&str>) -> Result<Response, AppError> {
        let size = match disk.size(path).await {
            Ok(size) => size as usize,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(AppError::NotFound),
            Err(error) => Err(error)?,
        };
        let (first, last) = match range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) {
            None => (0, size),
            Some(("", suffix)) => (size.saturating_sub(suffix.parse().unwrap_or(0)), size),
            Some((first, "")) => (first.parse().unwrap_or(size), size),
            Some((first, last)) => (first.parse().unwrap_or(size), last.parse::<usize>().unwrap_or(0) + 1),
        };
        if !(0..size).contains(&first) || last <= first {
            let response = Response::new(416, "").with_header("content-range", &format!("bytes */{size}"));
            return Ok(response);
        }
        let mut file = disk.open(path).await?;
        file.seek(first).await;
        let mut part = Vec::new();
        file.take((last.min(size) - first) as u64).read_to_end(&mut part).await?;
        let status = if range.is_some() { 206 } else { 200 };
        Ok(Response::new(status, &String::from_utf8_lossy(&part)))
    }

    /// Sends events to a browser, and a comment while there are none.
    #[desugar]
    pub async fn send_events<E>(mut events: Receiver<E>, mut wire: Wire, keep_alive: Duration) -> io::Result<String>
    where
        E: fmt::Display + Send,
    {
        let mut id = 0u64;
        loop {
            let text = match timeout(keep_alive, events.recv()).await {
                Ok(Some(event)) => {
                    id += 1;
                    format!("id: {id}\ndata: {event}\n\n")
                }
                Ok(None) => break,
                Err(_elapsed) => ": still here\n\n".to_owned(),
            };
            wire.write_all(text.as_bytes()).await?;
            wire.flush().await?;
        }
        Ok(wire.sent())
    }

    /// Serves the connections one after the other.
    #[cfg(feature = "pending")] // A field of an awaited value, moved into the next awaited call.
    #[desugar]
    pub async fn serve_in_turn<H: Handler>(mut listener: Listener, handler: H) -> Result<Vec<u32>, AppError> {
        let handler = Arc::new(handler);
        let first = serve_connection(BufReader::new(listener.accept().await?.0), handler.clone()).await?;
        let mut counts = vec![first.0];
        while counts.len() < 2 {
            counts.push(serve_connection(BufReader::new(listener.accept().await?.0), handler.clone()).await?.0);
        }
        Ok(counts)
    }

    /// Accepts until told to stop, then waits for those that are still served.
    #[desugar]
    pub async fn accept_until<F>(mut listener: Listener, slots: Semaphore, stop: F) -> Result<usize, AppError>
    where
        F: Fn(usize) -> bool,
    {
        let total = slots.available();
        let mut served = vec![];
        let mut failures = 0;
        while !stop(served.len()) {
            let permit = slots.acquire().await;
            let (wire, port) = match listener.accept().await {
                Ok(connection) => {
                    failures = 0;
                    connection
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionReset) => continue,
                Err(error) if failures < 1 => {
                    failures += 1;
                    error!("cannot accept: {error}");
                    sleep(Duration::from_millis(100) * failures).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            served.push((port, wire, permit));
        }
        let count = served.len();
        while let Some((port, mut wire, _permit)) = served.pop() {
            wire.shutdown().await?;
            debug!("closed {port}");
        }
        assert_eq!(slots.available(), total, "all permits are back");
        Ok(count)
    }
}

#[test]
fn connections_that_are_kept_alive() {
    let hello = || Arc::new(Hello { name: "hello" });
    compare_modules!(
        spawned(serve_connection(
            reader(&["GET / HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"]),
            hello()
        )),
        spawned(serve_connection(reader(&["POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", "b"]), hello())),
        spawned(serve_connection(reader(&["POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\na"]), hello())),
        spawned(serve_connection(reader(&["BREW / HTTP/1.1\r\n"]), hello())),
        spawned(serve_connection(reader(&["GET / HTTP/1.1\r\nHost: ", "!reset"]), hello())),
    );
}

#[test]
fn layers_of_handlers() {
    let token = |token| Request::get("/").with_header("authorization", token);
    compare_modules!(
        spawned(through_the_layers(vec![token("Bearer secret"), token("Bearer guess")])),
        spawned(through_the_layers(vec![Request::get("/")])),
    );
}

#[test]
fn extractors() {
    let user = |name: &str| Json(NewUser { name: name.to_string(), email: Some("a@b".to_string()) });
    compare_modules!(
        spawned(create_user(State(Db::new([("insert", found(&["id=3"]))])), user("ada"))),
        spawned(create_user(State(Db::new([("select 1", found(&["one=1"]))])), user("ada"))),
        spawned(create_user(State(Db::new([])), Json(NewUser { name: "a b".to_string(), email: None }))),
    );
}

#[test]
fn routes() {
    let state = || State(Db::new([("select id", found(&["id=3 name=ada"])), ("insert", found(&["id=4"]))]));
    compare_modules!(
        sendable(route(&state(), &Request::get("/users/3"))),
        sendable(route(&state(), &Request::get("/users/x"))),
        sendable(route(&state(), &Request { body: "bob".to_string(), ..Request::new(Method::Post, "/users") })),
        sendable(route(&state(), &Request::get("/search/a/b?q=1"))),
        sendable(route(&state(), &Request::get("/search/a/b"))),
    );
}

#[test]
fn ranges_of_a_file() {
    let disk = || disk::Disk::new([("/f", "0123456789")]);
    compare_modules!(
        sendable(serve_file(&disk(), "/f", None)),
        sendable(serve_file(&disk(), "/f", Some("bytes=2-4"))),
        sendable(serve_file(&disk(), "/f", Some("bytes=-3"))),
        sendable(serve_file(&disk(), "/f", Some("bytes=10-"))),
        sendable(serve_file(&disk(), "/g", Some("bytes=10-"))),
    );
}

#[test]
fn events() {
    compare_modules!(
        spawned(send_events(mailbox(["a", "b"]), Wire::new("browser", [""; 0]), Duration::from_millis(50))),
        spawned(send_events(mailbox([1]), Wire::new("browser", [""; 0]).closing_after(20), Duration::from_millis(10))),
    );
}

#[test]
fn accepting() {
    let wire = |name| Ok(Wire::new(name, [""; 0]));
    let failed = |kind: io::ErrorKind| Err(io::Error::from(kind));
    compare_modules!(
        spawned(accept_until(Listener::new([wire("a"), wire("b")]), Semaphore::new(2), |n| n == 2)),
        spawned(accept_until(
            Listener::new([failed(io::ErrorKind::ConnectionReset), failed(io::ErrorKind::OutOfMemory), wire("a")]),
            Semaphore::new(1),
            |n| n == 1
        )),
        spawned(accept_until(Listener::new([]), Semaphore::new(1), |_| false)),
    );
}

#[test]
#[cfg(feature = "pending")] // A field of an awaited value, moved into the next awaited call.
fn connections_in_turn() {
    let wire = |chunks: &[&str]| Ok(Wire::new("browser", chunks));
    let get = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    compare_modules!(
        spawned(serve_in_turn(Listener::new([wire(&[get]), wire(&[])]), Hello { name: "hello" })),
        spawned(serve_in_turn(Listener::new([wire(&["GET / HTTP/1.1\r\n", "!reset"])]), Hello { name: "hello" })),
    );
}
