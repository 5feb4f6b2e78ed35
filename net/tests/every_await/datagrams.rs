//! Scenarios of datagrams: each is received once, whoever is interrupted. Next: `unix.rs`.

use crate::registry::{Row, three};
use oneloop::reactor::Direction;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::UdpSocket;
use std::cell::RefCell;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "receiving datagrams",
        4,
        &[
            "udp::UdpSocket::recv",
            "udp::UdpSocket::recv_from",
            "udp::UdpSocket::peek_from",
            "udp::UdpSocket::ready",
        ],
        || cancel_at_every_await(receiving),
    ),
    Row::new(
        "sending datagrams",
        2,
        &["udp::UdpSocket::send", "udp::UdpSocket::send_to"],
        || cancel_at_every_await(sending),
    ),
    Row::new(
        "sockets for datagrams",
        3,
        &[
            "udp::UdpSocket::bind",
            "udp::UdpBuilder::bind",
            "udp::UdpSocket::connect",
            "udp::UdpSocket::connect_to",
        ],
        || cancel_at_every_await(making),
    ),
];

async fn receiving() -> Scenario {
    let receiver = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let sender = UdpSocket::connect_to(receiver.local_addr().unwrap())
        .await
        .unwrap();
    let (receives, _, looks) = three(receiver);
    let (notes, _, received) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut buffer = [0; 1];
        receives.recv(&mut buffer).await.unwrap();
        notes.borrow_mut().push(buffer[0]);
        receives.recv_from(&mut buffer).await.unwrap();
        notes.borrow_mut().push(buffer[0]);
        receives.peek_from(&mut buffer).await.unwrap();
        receives.try_recv(&mut buffer).unwrap();
        notes.borrow_mut().push(buffer[0]);
        loop {
            receives.ready(Direction::Read).await.unwrap();
            if receives.try_recv(&mut buffer).is_ok() {
                break;
            }
        }
        notes.borrow_mut().push(buffer[0]);
    })
    .beside(async move {
        for number in 1..=4 {
            sender.send(&[number]).await.unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
        }
    })
    .after(async move {
        let mut received = received.take();
        while received.len() < 4 {
            let mut buffer = [0; 1];
            looks.recv(&mut buffer).await.unwrap();
            received.push(buffer[0]);
        }
        assert_eq!(received, [1, 2, 3, 4]);
        assert!(looks.try_recv(&mut [0]).is_err(), "one came twice");
    })
}

/// On the loopback there is always room, so what makes a sender wait is that it sent very much.
async fn sending() -> Scenario {
    let receiver = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = receiver.local_addr().unwrap();
    let (sends, _, looks) = three(UdpSocket::connect_to(address).await.unwrap());
    let (notes, _, sent) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        for number in 0..140 {
            match number % 2 {
                0 => sends.send(&[number]).await.unwrap(),
                _ => sends.send_to(&[number], address).await.unwrap(),
            };
            notes.borrow_mut().push(number);
        }
    })
    .after(async move {
        for number in sent.take() {
            let mut buffer = [0; 1];
            receiver.recv(&mut buffer).await.unwrap();
            assert_eq!(buffer[0], number);
        }
        assert!(
            receiver.try_recv(&mut [0]).is_err(),
            "one was sent by nobody"
        );
        drop(looks);
    })
}

async fn making() -> Scenario {
    Scenario::new(async {
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        yield_now().await;
        let other = UdpSocket::builder().bind("127.0.0.1:0").await.unwrap();
        yield_now().await;
        let address = one.local_addr().unwrap();
        other.connect(address).await.unwrap();
        let third = UdpSocket::connect_to(address).await.unwrap();
        yield_now().await;
        drop((one, other, third));
    })
}
