package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
)

// idle opens connections, sends one request on each, says "held" and keeps them open until its input ends.
func idle(args []string) {
	flags := flag.NewFlagSet("idle", flag.ExitOnError)
	port := flags.Int("port", 0, "where to")
	host := flags.String("host", "bench", "host of requests")
	connections := flags.Int("connections", 1000, "connections to hold")
	cert := flags.String("cert", "", "PEM file of a client certificate; with it the connections are TLS")
	key := flags.String("key", "", "PEM file of its key")
	_ = flags.Parse(args)
	dial := func() (net.Conn, error) { return net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", *port)) }
	if *cert != "" {
		identity, err := tls.LoadX509KeyPair(*cert, *key)
		check(err)
		// The server is ours and on loopback; what is measured is its memory. The ALPN is what Istio's sidecars offer.
		config := &tls.Config{Certificates: []tls.Certificate{identity}, InsecureSkipVerify: true, NextProtos: []string{"istio-http/1.1", "http/1.1"}}
		dial = func() (net.Conn, error) { return tls.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", *port), config) }
	}
	request := fmt.Appendf(nil, "GET /b/0 HTTP/1.1\r\nhost: %s\r\nuser-agent: bench\r\n\r\n", *host)
	held := make([]net.Conn, 0, *connections)
	buffer := make([]byte, 4096)
	for range *connections {
		c, err := dial()
		check(err)
		_, err = c.Write(request)
		check(err)
		n, err := c.Read(buffer)
		check(err)
		if n < 12 || string(buffer[:12]) != "HTTP/1.1 200" {
			check(fmt.Errorf("answered %q", buffer[:min(n, 40)]))
		}
		held = append(held, c)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range held {
		_ = c.Close()
	}
}
