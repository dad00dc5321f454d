//! Proxies and balancers: tunnels, SOCKS, upstreams with health, headers of hops, retries elsewhere.

use crate::support::{http::*, net::*, time::*, *};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum ProxyError {
    Io(io::Error),
    Protocol { expected: &'static str, got: Vec<u8> },
    NoUpstream(usize),
    Loop,
    Timeout,
}

impl From<io::Error> for ProxyError {
    fn from(error: io::Error) -> Self {
        ProxyError::Io(error)
    }
}

impl From<Elapsed> for ProxyError {
    fn from(_: Elapsed) -> Self {
        ProxyError::Timeout
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Address(Ipv4Addr),
    Name(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Address(address) => write!(f, "{address}"),
            Target::Name(name) => f.write_str(name),
        }
    }
}

pub struct Upstream {
    pub name: &'static str,
    pub healthy: AtomicBool,
    pub active: AtomicUsize,
    pub client: Client,
}

fn upstream(name: &'static str, answers: Vec<u16>) -> Arc<Upstream> {
    let mut answers = answers.into_iter().map(|status| Ok(Response::new(status, name)));
    let client = Client::new([answers.next(), answers.next()].map(|answer| answer.unwrap_or(Err(HttpError::Timeout))));
    Arc::new(Upstream { name, healthy: AtomicBool::new(true), active: AtomicUsize::new(0), client })
}

/// Counts a request as long as it is there.
pub struct Active<'u>(&'u AtomicUsize);

impl<'u> Active<'u> {
    pub fn new(count: &'u AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Active(count)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        tick("no more active");
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn browser(chunks: &[&[u8]]) -> Wire {
    Wire::new("browser", chunks)
}

twice! {
    /// Sends what comes from one side to the other, in turns, until either of them is done.
    #[desugar]
    pub async fn tunnel<A, B>(left: &mut A, right: &mut B) -> io::Result<[u64; 2]>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        let mut buffer = vec![0u8; 16];
        let mut counts = [0, 0];
        loop {
            let n = left.read(&mut buffer).await?;
            if n == 0 {
                right.shutdown().await?;
                break;
            }
            right.write_all(&buffer[..n]).await?;
            counts[0] += n as u64;
            match right.read(&mut buffer[..]).await? {
                0 => break left.shutdown().await?,
                n => {
                    left.write_all(&buffer[..n]).await?;
                    counts[1] += n as u64;
                }
            }
        }
        Ok(counts)
    }

    /// The greeting of SOCKS 5 and the target of the request.
    #[desugar]
    pub async fn socks_request<S: AsyncRead + AsyncWrite + Unpin>(client: &mut S) -> Result<(Target, u16), ProxyError> {
        let [version, methods] = {
            let mut head = [0; 2];
            client.read_exact(&mut head).await?;
            head
        };
        if version != 5 {
            return Err(ProxyError::Protocol { expected: "version 5", got: vec![version] });
        }
        let mut offered = vec![0; methods as usize];
        client.read_exact(&mut offered).await?;
        if !offered.contains(&0) {
            client.write_all(b"\x05\xff").await?;
            return Err(ProxyError::Protocol { expected: "no authentication", got: offered });
        }
        client.write_all(b"\x05\x00").await?;
        let mut request = [0; 4];
        client.read_exact(&mut request).await?;
        let target = match request {
            [5, 1, 0, 1] => Target::Address(Ipv4Addr::from(client.read_u32().await?)),
            [5, 1, 0, 3] => {
                let length = client.read_u8().await?;
                let mut name = vec![0; length.into()];
                client.read_exact(&mut name).await?;
                Target::Name(String::from_utf8_lossy(&name).into_owned())
            }
            [5, command @ 2..=255, ..] | [5, 1, 0, command] => {
                client.write_all(&[5, 7, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
                return Err(ProxyError::Protocol { expected: "connect", got: vec![command] });
            }
            other => return Err(ProxyError::Protocol { expected: "request", got: other.to_vec() }),
        };
        let port = client.read_u16().await?;
        Ok((target, port))
    }

    #[desugar]
    pub async fn socks(mut client: Wire, network: &Network) -> Result<([u64; 2], String), ProxyError> {
        let (target, port) = socks_request(&mut client).await?;
        let connected = timeout(Duration::from_millis(30), network.connect(&format!("{target}:{port}"))).await?;
        let mut server = match connected {
            Ok(server) => server,
            Err(error) => {
                client.write_all(&[5, if error.kind() == io::ErrorKind::ConnectionRefused { 5 } else { 1 }, 0]).await?;
                return Err(error.into());
            }
        };
        client.write_all(b"\x05\x00\x00").await?;
        let counts = tunnel(&mut client, &mut server).await?;
        Ok((counts, server.sent()))
    }

    pub struct Balancer {
        upstreams: Vec<Arc<Upstream>>,
        next: AtomicUsize,
    }

    impl Balancer {
        pub fn new(upstreams: Vec<Arc<Upstream>>) -> Self {
            Balancer { upstreams, next: AtomicUsize::new(0) }
        }

        /// Asks each upstream whether it is well.
        #[desugar]
        pub async fn check(&self, path: &str) -> usize {
            let mut healthy = 0;
            for upstream in &self.upstreams {
                let check = timeout(Duration::from_millis(20), upstream.client.get(path).send());
                let is_well = matches!(check.await, Ok(Ok(response)) if response.status().is_success());
                if upstream.healthy.swap(is_well, Ordering::Relaxed) != is_well {
                    info!("{} is {}", upstream.name, if is_well { "back" } else { "gone" });
                }
                healthy += is_well as usize;
            }
            healthy
        }

        /// The healthy one with the fewest requests; in turn, if several have as few.
        fn pick(&self) -> Option<&Arc<Upstream>> {
            let from = self.next.fetch_add(1, Ordering::Relaxed);
            let count = self.upstreams.len();
            (0..count)
                .map(|n| &self.upstreams[(from + n) % count])
                .filter(|upstream| upstream.healthy.load(Ordering::Relaxed))
                .min_by_key(|upstream| upstream.active.load(Ordering::Relaxed))
        }

        /// Sends the request on; to another upstream, if one does not answer and nothing can have happened there.
        #[desugar]
        pub async fn forward(&self, request: Request, peer: IpAddr) -> Result<(Response, &'static str), ProxyError> {
            let Request { method, ref path, ref headers, .. } = request;
            let hops = headers.get("via").map_or(0, |via| via.split(',').count());
            if hops > 2 {
                return Err(ProxyError::Loop);
            }
            let mut tried = 0;
            while let Some(upstream) = self.pick()
                && tried < 2
            {
                tried += 1;
                let _active = Active::new(&upstream.active);
                let mut copy = request.clone();
                copy.headers
                    .entry("x-forwarded-for".to_string())
                    .and_modify(|list| *list += &format!(", {peer}"))
                    .or_insert(peer.to_string());
                let result = upstream.client.execute(copy).await;
                match result {
                    Ok(response) if !response.status().is_server_error() => return Ok((response, upstream.name)),
                    Ok(response) if method == Method::Post => return Ok((response, upstream.name)),
                    Ok(response) => warn!("{path}: {} says {}", upstream.name, response.status().0),
                    Err(error) => {
                        upstream.healthy.store(false, Ordering::Relaxed);
                        warn!("{path}: {} is gone: {error}", upstream.name);
                    }
                }
            }
            Err(ProxyError::NoUpstream(tried))
        }
    }

    #[desugar]
    pub async fn check_and_forward(
        balancer: Balancer,
        requests: Vec<Request>,
    ) -> Vec<Result<(u16, &'static str), ProxyError>> {
        let healthy = balancer.check("/health").await;
        assert!(healthy <= balancer.upstreams.len(), "{healthy} are healthy");
        let mut out = Vec::with_capacity(requests.len());
        for request in requests {
            let result = balancer.forward(request, IpAddr::from([127, 0, 0, 1])).await;
            out.push(result.map(|(response, name)| (response.status().0, name)));
        }
        out
    }

    /// The first address that answers, v6 and v4 in turns.
    #[desugar]
    pub async fn connect_to_any<'h>(
        network: &Network,
        v6: &[&'h str],
        v4: &[&'h str],
    ) -> Result<(&'h str, Wire), Vec<io::ErrorKind>> {
        let mut errors = vec![];
        let longest = v6.len().max(v4.len());
        let in_turns = (0..longest).flat_map(|n| [v6.get(n), v4.get(n)]).flatten();
        for host in in_turns {
            match network.connect(host).await {
                Ok(wire) => return Ok((host, wire)),
                Err(error) => errors.push(error.kind()),
            }
            if let [.., a, b] = errors[..]
                && a != b
            {
                break;
            }
        }
        Err(errors)
    }

    #[desugar]
    pub async fn name_of_any(network: Network, v6: &[&str], v4: &[&str]) -> Result<String, usize> {
        match connect_to_any(&network, v6, v4).await {
            Ok((host, mut wire)) => {
                wire.write_all(host.as_bytes()).await.map_err(|_| 0usize)?;
                Ok(wire.name().to_string() + &wire.sent())
            }
            Err(errors) => Err(errors.len()),
        }
    }

    /// `CONNECT host:port`: reads the head, answers, and is a tunnel from then on.
    #[desugar]
    pub async fn connect_method(
        client: Wire,
        network: &Network,
        allowed: &[u16],
    ) -> Result<(String, [u64; 2]), ProxyError> {
        let mut client = BufReader::new(client);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if client.read_line(&mut head).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        let host = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let status = match host.rsplit_once(':').map(|(_, port)| port.parse::<u16>()) {
            Some(Ok(port)) if allowed.contains(&port) => None,
            Some(Ok(_)) => Some("403 Forbidden"),
            Some(Err(_)) | None => Some("400 Bad Request"),
        };
        if let Some(status) = status {
            client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await?;
            client.flush().await?;
            return Ok((client.into_inner().sent(), [0; 2]));
        }
        let mut server = network.connect(host).await?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        let counts = tunnel(&mut client, &mut server).await?;
        Ok((server.sent(), counts))
    }

    pub struct Mirror<'m, const N: usize> {
        primary: &'m Client,
        shadows: [&'m Client; N],
    }

    impl<'m, const N: usize> Mirror<'m, N> {
        /// The answer of the first; the others are asked as well, and compared.
        #[desugar]
        pub async fn ask(&self, url: &str) -> Result<(String, [Option<bool>; N]), HttpError> {
            let text = self.primary.get(url).send().await?.text().await?;
            let mut same = [None; N];
            for (shadow, same) in self.shadows.iter().zip(same.iter_mut()) {
                let Ok(response) = shadow.get(url).header("shadow", true).send().await else { continue };
                *same = response.text().await.ok().map(|other| other == text);
            }
            Ok((text, same))
        }
    }

    #[desugar]
    pub async fn ask_the_mirror(primary: Client, shadow: Client) -> Result<(String, [Option<bool>; 2]), HttpError> {
        Mirror { primary: &primary, shadows: [&shadow; 2] }.ask("/a").await
    }
}

#[test]
fn a_socks_proxy() {
    let network =
        || Network::new([("name:80", Wire::new("server", ["pong"])), ("127.0.0.1:1", Wire::new("server", ["!reset"]))]);
    compare_modules!(
        sendable(socks(browser(&[b"\x05\x01\x00", b"\x05\x01\x00\x03\x04name\x00\x50", b"ping"]), &network())),
        sendable(socks(browser(&[b"\x05\x01\x00\x05\x01\x00\x01\x7f\0\0\x01\0\x01", b"ping"]), &network())),
        sendable(socks(browser(&[b"\x05\x01\x00\x05\x01\x00\x03\x01x\0\x01"]), &network())),
        sendable(socks(browser(&[b"\x05\x01\x00\x05\x02\x00\x03"]), &network())),
        sendable(socks(browser(&[b"\x05\x01\x02"]), &network())),
        sendable(socks(browser(&[b"\x04\x01"]), &network())),
    );
}

#[test]
fn a_balancer() {
    let get = || Request::get("/a");
    let post = || Request::new(Method::Post, "/a");
    compare_modules!(
        spawned(check_and_forward(
            Balancer::new(vec![upstream("a", vec![200, 200]), upstream("b", vec![500])]),
            vec![get()]
        )),
        spawned(check_and_forward(Balancer::new(vec![upstream("a", vec![200, 500])]), vec![post(), get()])),
        spawned(check_and_forward(
            Balancer::new(vec![upstream("a", vec![200]), upstream("b", vec![200, 201])]),
            vec![get()]
        )),
        spawned(check_and_forward(
            Balancer::new(vec![upstream("a", vec![])]),
            vec![get().with_header("via", "a,b,c"), get()]
        )),
    );
}

#[test]
fn addresses_in_turns() {
    // Not even natively `Send` for rustc: the closure of `flat_map` has lifetimes that it cannot generalise.
    let network = || Network::new([("v4-2", Wire::new("four", [""; 0]))]);
    compare_modules!(name_of_any(network(), &["v6-1"], &["v4-1", "v4-2"]), name_of_any(network(), &[], &["v4-1"]),);
}

#[test]
fn a_tunnel_through_http() {
    let network = || Network::new([("name:443", Wire::new("server", ["pong"]))]);
    compare_modules!(
        sendable(connect_method(browser(&[b"CONNECT name:443 HTTP/1.1\r\n", b"\r\n", b"ping"]), &network(), &[443])),
        sendable(connect_method(browser(&[b"CONNECT name:80 HTTP/1.1\r\n\r\n"]), &network(), &[443])),
        sendable(connect_method(browser(&[b"CONNECT other:443 HTTP/1.1\r\n\r\n"]), &network(), &[443])),
        sendable(connect_method(browser(&[b"CONNECT"]), &network(), &[])),
    );
}

#[test]
fn mirrored_requests() {
    let ok = |text: &str| Ok(Response::new(200, text));
    compare_modules!(
        spawned(ask_the_mirror(Client::new([ok("a")]), Client::new([ok("a"), ok("b")]))),
        spawned(ask_the_mirror(Client::new([ok("a")]), Client::new([Err(HttpError::Timeout)]))),
        spawned(ask_the_mirror(Client::new([]), Client::new([]))),
    );
}
