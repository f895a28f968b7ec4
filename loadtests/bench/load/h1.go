package main

import (
	"bytes"
	"fmt"
	"strconv"
)

var blankLine = []byte("\r\n\r\n")

// answers are what the back end says, by body size; made once.
var answers = map[int][]byte{}

func answerOf(size int) []byte {
	answer, ok := answers[size]
	if !ok {
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n", size)
		answer = append([]byte(head), bytes.Repeat([]byte{'x'}, size)...)
		answers[size] = answer
	}
	return answer
}

// h1Server answers `GET /b/SIZE`, anything else with 1 KB. Requests have no body.
type h1Server struct {
	c    *conn
	held []byte
}

func (s *h1Server) data(data []byte) {
	if len(s.held) > 0 {
		s.held = append(s.held, data...)
		data = s.held
	}
	for {
		end := bytes.Index(data, blankLine)
		if end == -1 {
			break
		}
		s.c.share(answerOf(sizeOf(data[:end])))
		data = data[end+4:]
	}
	s.held = append(s.held[:0], data...)
}

func (s *h1Server) drained()     {}
func (s *h1Server) closed(error) {}

// sizeOf reads the body size from a request head's path.
func sizeOf(head []byte) int {
	const prefix = "GET /b/"
	if !bytes.HasPrefix(head, []byte(prefix)) {
		return 1024
	}
	size := 0
	for _, b := range head[len(prefix):] {
		if b < '0' || b > '9' {
			break
		}
		size = size*10 + int(b-'0')
	}
	return size
}

// h1Client sends one request after the other; more than one outstanding is pipelined.
type h1Client struct {
	c       *conn
	run     *run
	request []byte
	waiting []int64
	held    []byte
	// rest is how much of the current answer's body is still to come; -1 while a head is.
	rest int
}

func newH1Client(r *run) func(*conn) peer {
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nhost: %s\r\nuser-agent: bench\r\naccept: */*\r\n\r\n", r.path, r.host)
	return func(c *conn) peer {
		client := &h1Client{c: c, run: r, request: request, rest: -1}
		r.slots = append(r.slots, client.send)
		return client
	}
}

func (k *h1Client) send(due int64) {
	k.waiting = append(k.waiting, due)
	k.c.write(k.request)
}

func (k *h1Client) data(data []byte) {
	k.run.bytes += int64(len(data))
	if len(k.held) > 0 {
		data = append(k.held, data...)
		k.held = nil
	}
	for len(data) > 0 {
		if k.rest == -1 {
			end := bytes.Index(data, blankLine)
			if end == -1 {
				k.held = append([]byte(nil), data...)
				return
			}
			k.rest = k.head(data[:end])
			data = data[end+4:]
		}
		n := min(k.rest, len(data))
		k.rest -= n
		data = data[n:]
		if k.rest == 0 {
			k.rest = -1
			k.finish()
		}
	}
}

func (k *h1Client) finish() {
	if len(k.waiting) == 0 {
		k.run.fail("an answer to no request")
		return
	}
	due := k.waiting[0]
	k.waiting = append(k.waiting[:0], k.waiting[1:]...)
	k.run.done(due, k.send)
}

// head checks a response head and says how long its body is.
func (k *h1Client) head(head []byte) int {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200")) {
		k.run.fail(string(firstLine(head)))
	}
	// Names come in any case: Content-Length from some, content-length from others.
	for _, name := range [][]byte{[]byte("\r\ncontent-length: "), []byte("\r\nContent-Length: ")} {
		if at := bytes.Index(head, name); at != -1 {
			length, err := strconv.Atoi(string(firstLine(head[at+len(name):])))
			if err == nil {
				return length
			}
		}
	}
	k.run.fail("an answer without a content-length")
	return 0
}

func firstLine(text []byte) []byte {
	if at := bytes.IndexByte(text, '\r'); at != -1 {
		return text[:at]
	}
	return text
}

func (k *h1Client) drained()         {}
func (k *h1Client) closed(err error) { k.run.lost(err, max(len(k.waiting), 1)) }
