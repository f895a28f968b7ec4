package main

import "fmt"

// h2Client keeps its share of streams busy: GETs, gRPC calls, or messages on gRPC streams that last.
type h2Client struct {
	*h2
	run  *run
	next uint32
	head []string
	kind string
}

// newH2Client makes connections with as many slots as each carries streams.
func newH2Client(r *run) func(*conn) peer {
	head := []string{":method", "GET", ":scheme", "http", ":path", r.path, ":authority", r.host, "user-agent", "bench", "accept", "*/*"}
	if r.proto != "h2" {
		head = []string{":method", "POST", ":scheme", "http", ":path", r.path, ":authority", r.host,
			"user-agent", "grpc-bench", "te", "trailers", "content-type", "application/grpc", "grpc-accept-encoding", "identity"}
	}
	return func(c *conn) peer {
		k := &h2Client{run: r, next: 1, head: head, kind: r.proto}
		k.h2 = newH2(c, k)
		c.write([]byte(preface))
		k.greet()
		for range r.streams {
			if k.kind == "grpc-stream" {
				r.slots = append(r.slots, k.lasting())
			} else {
				r.slots = append(r.slots, k.request)
			}
		}
		return k
	}
}

// request begins a stream of one request.
func (k *h2Client) request(due int64) {
	s := k.open(k.next)
	k.next += 2
	s.due = due
	k.sendHeaders(s.id, k.kind == "h2", k.head)
	if k.kind == "grpc" {
		k.send(s, part{data: message, end: true})
	}
}

// lasting is a slot on a stream that is opened once and carries message after message.
func (k *h2Client) lasting() func(int64) {
	var s *stream
	return func(due int64) {
		if s == nil {
			s = k.open(k.next)
			k.next += 2
			k.sendHeaders(s.id, false, k.head)
		}
		s.due = due
		k.send(s, part{data: message})
	}
}

func (k *h2Client) opens() bool { return false }
func (k *h2Client) header(s *stream, name, value string) {
	switch name {
	case ":status":
		s.status = value
	case "grpc-status":
		s.grpcStatus = value
	case "grpc-message":
		k.run.note("grpc-message: " + value)
	}
}
func (k *h2Client) headers(s *stream, end bool) {
	if end {
		k.finish(s)
	}
}
func (k *h2Client) body(s *stream, data []byte, end bool) {
	k.run.bytes += int64(len(data))
	s.body += int64(len(data))
	if k.kind == "grpc-stream" {
		for range s.message.count(data) {
			due := s.due
			k.run.done(due, func(due int64) {
				s.due = due
				k.send(s, part{data: message})
			})
		}
	}
	if end {
		k.finish(s)
	}
}
func (k *h2Client) finish(s *stream) {
	due := s.due
	switch {
	case s.status != "200":
		k.run.fail("status " + s.status)
	case k.kind != "h2" && s.grpcStatus != "0":
		k.run.fail("grpc-status " + s.grpcStatus)
	case k.kind == "grpc" && s.body != int64(len(message)):
		k.run.fail(fmt.Sprintf("a message of %d bytes", s.body))
	case k.kind == "grpc-stream":
		k.run.fail("the stream ended")
	}
	k.end(s)
	if k.kind != "grpc-stream" {
		k.run.done(due, k.request)
	}
}
func (k *h2Client) reset(_ *stream, code uint32) { k.run.fail(fmt.Sprintf("RST_STREAM %d", code)) }
func (k *h2Client) goAway(code uint32)           { k.run.fail(fmt.Sprintf("GOAWAY %d", code)) }
func (k *h2Client) closed(err error)             { k.run.lost(err, max(len(k.streams), 1)) }
