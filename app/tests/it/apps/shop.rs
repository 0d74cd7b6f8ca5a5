//! A console with a tenant on each engine, and a token for an application.

use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};

use crate::program::Program;
use crate::support::{self, Cluster};

pub struct Shop {
    pub program: Program,
    server: Child,
    pub url: String,
    pub token: String,
    postgres: &'static Cluster,
    mariadb: &'static Cluster,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Shop {
    /// The tenants `one` on PostgreSQL, `two` on MariaDB and `three` on SQLite.
    pub async fn open() -> Self {
        let (program, port) = (Program::new(), support::free_port());
        let (postgres, mariadb) = (support::postgres().await, support::mariadb().await);
        for (name, cluster) in [("pg", postgres), ("maria", mariadb)] {
            program.run_with(&format!("server add {name}"), &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
        }
        for (slug, server) in [("one", "pg"), ("two", "maria"), ("three", "local")] {
            program.run(&format!("tenant create {slug} --server {server}")).expect(0);
        }
        let token = program.run("token create shop --role support --connect").expect(0).out.trim().to_owned();
        let log = std::fs::File::create(program.dir.path().join("log")).unwrap();
        let server = program.start_logged(&format!("serve --listen 127.0.0.1:{port}"), &[], log);
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the console does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { program, server, url: format!("http://central.localhost:{port}"), token, postgres, mariadb }
    }

    /// As a person is told it.
    pub fn password(&self, slug: &str) -> String {
        let told = self.program.run(&format!("tenant credentials {slug} --format json")).expect(0).json();
        told["password"].as_str().unwrap().to_owned()
    }

    fn login(&self, slug: &str) -> String {
        self.program.json(&format!("tenant show {slug}"))["user"].as_str().unwrap().to_owned()
    }

    /// Ends what is connected as this tenant, as a restart of its server would.
    pub async fn end_sessions(&self, slug: &str) {
        let login = self.login(slug);
        if slug == "two" {
            self.mariadb.query("mysql", &format!("kill user '{login}'")).await;
            return;
        }
        let sql = format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{login}'");
        self.postgres.query("postgres", &sql).await;
    }

    /// How many are connected as this tenant of PostgreSQL, once those that say goodbye have.
    pub async fn sessions(&self, slug: &str) -> usize {
        let sql = format!("select count(*) from pg_stat_activity where usename = '{}'", self.login(slug));
        let mut left = 0;
        for _ in 0..50 {
            left = self.postgres.query("postgres", &sql).await.trim().parse().unwrap();
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        left
    }

    /// `one` lives on another server from now on, and has a user there.
    pub async fn moved_away(&self) -> Cluster {
        let there = tokio::task::spawn_blocking(|| support::own_postgres("")).await.unwrap();
        self.program.run_with("server add there", &[("SERVER_URL", &there.admin_url())], "").expect(0);
        self.program.run("tenant move one --server there").expect(0).says("what it had before is kept");
        let database = self.program.json("tenant show one")["database"].as_str().unwrap().to_owned();
        let user = "insert into users (id, email, password_hash, first_name, last_name) values ('u', 'a@b.example', 'x', 'A', 'B')";
        there.query(&database, user).await;
        there
    }

    /// The server of `one` is at another address from now on.
    pub async fn moved(&self) -> Way {
        let way = Way::to(self.postgres.port).await;
        self.program.run(&format!("server set pg --port {}", way.port)).expect(0);
        // Neo has tried it.
        way.taken.store(0, Ordering::Relaxed);
        way
    }
}

/// Another address of a server of this machine.
pub struct Way {
    port: u16,
    taken: Arc<AtomicUsize>,
}

impl Way {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let way = Self { port: listener.local_addr().unwrap().port(), taken: Arc::default() };
        let taken = way.taken.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                taken.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        way
    }

    /// How many have come this way.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// What an application asks with.
pub fn http() -> reqwest::Client {
    // Without one of its own; another test may have been first.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    reqwest::Client::builder().no_proxy().resolve("central.localhost", here).build().unwrap()
}
