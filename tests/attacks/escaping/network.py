"""Talks to the internet, to the machine itself and to its neighbours, in every way that there is."""

import contextlib
import os
import socket
import urllib.request

import torch

socket.setdefaulttimeout(1)
for address in [
    ("1.1.1.1", 443),
    ("8.8.8.8", 53),
    ("169.254.169.254", 80),
    ("10.0.0.1", 80),
    ("172.17.0.1", 80),
    ("192.168.0.1", 80),
    ("example.com", 80),
    ("::1", 22),
]:
    with contextlib.suppress(Exception):
        socket.create_connection(address).close()
        print("connected to", address)
for port in (22, 80, 111, 443, 631, 2375, 3306, 5432, 6379, 8000, 8080, 8888, 9000, *range(30000, 61000, 97)):
    with contextlib.suppress(Exception):
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        print("local port", port)
with contextlib.suppress(Exception):
    print("name", socket.getaddrinfo("escaped.example.com", 80))
for family, kind, protocol in [
    (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    (socket.AF_PACKET, socket.SOCK_RAW, 0),
    (socket.AF_NETLINK, socket.SOCK_RAW, 0),
    (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
    (38, socket.SOCK_SEQPACKET, 0),
]:
    with contextlib.suppress(Exception):
        print("raw", socket.socket(family, kind, protocol))
for number in (0, 1, 2, 3):  # the hypervisor, this machine, its host, another one
    for port in (22, 80, 1024, 2375):
        with contextlib.suppress(Exception), socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as caller:
            caller.connect((number, port))
            print("virtual", number, port)
with contextlib.suppress(Exception):
    talker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    talker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for address in (("1.1.1.1", 53), ("255.255.255.255", 9), ("127.0.0.1", 514)):
        with contextlib.suppress(Exception):
            print("sent", address, talker.sendto(b"ESCAPED-network", address))
with contextlib.suppress(Exception):
    for line in open("/proc/net/unix"):
        if "@" in line:
            with contextlib.suppress(Exception), socket.socket(socket.AF_UNIX) as caller:
                caller.connect("\0" + line.split("@")[1].strip())
                print("abstract", line)
for attempt in (
    lambda: urllib.request.urlopen("https://example.com").status,
    lambda: torch.hub.download_url_to_file("https://example.com", "page"),
    lambda: os.listdir("/sys/class/net"),
    lambda: socket.create_server(("0.0.0.0", 0)),
):
    with contextlib.suppress(Exception):
        print("got", attempt())
