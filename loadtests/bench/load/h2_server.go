package main

import (
	"bytes"
	"fmt"
)

var bodies = map[int][]byte{}

// h2Server answers `/b/SIZE`, and gRPC: `/bench.Echo/Unary` with one message, `/bench.Echo/Stream` with one for each.
type h2Server struct{ *h2 }

func newH2Server(c *conn) peer {
	server := &h2Server{}
	server.h2 = newH2(c, server)
	server.prefaceLeft = len(preface)
	server.greet()
	return server
}

func (h *h2Server) opens() bool { return true }
func (h *h2Server) header(s *stream, name, value string) {
	if name == ":path" {
		s.path = value
	}
}
func (h *h2Server) headers(s *stream, end bool) {
	if s.path == "/bench.Echo/Stream" {
		h.sendHeaders(s.id, false, grpcHead)
	}
	if end {
		h.answer(s)
	}
}
func (h *h2Server) body(s *stream, data []byte, end bool) {
	if s.path == "/bench.Echo/Stream" {
		for range s.message.count(data) {
			h.send(s, part{data: message})
		}
	}
	if end {
		h.answer(s)
	}
}

// answer is given once the request has ended.
func (h *h2Server) answer(s *stream) {
	switch s.path {
	case "/bench.Echo/Unary":
		h.sendHeaders(s.id, false, grpcHead)
		h.send(s, part{data: message, trailers: true})
	case "/bench.Echo/Stream":
		h.send(s, part{trailers: true})
	default:
		size := sizeOf([]byte("GET " + s.path))
		body, ok := bodies[size]
		if !ok {
			body = bytes.Repeat([]byte{'x'}, size)
			bodies[size] = body
		}
		h.sendHeaders(s.id, size == 0, []string{":status", "200", "content-type", "text/plain", "content-length", fmt.Sprint(size)})
		if size > 0 {
			h.send(s, part{data: body, end: true})
		}
	}
	if len(s.pending) == 0 {
		h.end(s)
	}
}
func (h *h2Server) reset(*stream, uint32) {}
func (h *h2Server) goAway(uint32)         {}
func (h *h2Server) closed(error)          {}
