package main

import "bytes"

const pingBytes = 64

var bulk = bytes.Repeat([]byte{'b'}, 1<<20)

// tcpEcho sends back what it gets.
type tcpEcho struct{ c *conn }

func (s *tcpEcho) data(data []byte) { s.c.write(data) }
func (s *tcpEcho) drained()         {}
func (s *tcpEcho) closed(error)     {}

// tcpSource sends without end from the first byte it gets.
type tcpSource struct {
	c  *conn
	on bool
}

func (s *tcpSource) data([]byte) {
	if !s.on {
		s.on = true
		s.c.share(bulk)
	}
}
func (s *tcpSource) drained()     { s.c.share(bulk) }
func (s *tcpSource) closed(error) {}

// tcpRequests sends 64 bytes and waits for them to come back.
type tcpRequests struct {
	c    *conn
	run  *run
	due  []int64
	rest int
}

func newTCPRequests(r *run) func(*conn) peer {
	return func(c *conn) peer {
		k := &tcpRequests{c: c, run: r, rest: pingBytes}
		r.slots = append(r.slots, k.send)
		return k
	}
}

func (k *tcpRequests) send(due int64) {
	k.due = append(k.due, due)
	k.c.write(bulk[:pingBytes])
}

func (k *tcpRequests) data(data []byte) {
	k.run.bytes += int64(len(data))
	for len(data) > 0 {
		n := min(k.rest, len(data))
		k.rest -= n
		data = data[n:]
		if k.rest == 0 {
			k.rest = pingBytes
			due := k.due[0]
			k.due = append(k.due[:0], k.due[1:]...)
			k.run.done(due, k.send)
		}
	}
}
func (k *tcpRequests) drained()         {}
func (k *tcpRequests) closed(err error) { k.run.lost(err, max(len(k.due), 1)) }

// tcpBulk counts what a source sends; every megabyte is a request.
type tcpBulk struct {
	c    *conn
	run  *run
	rest int
}

func newTCPBulk(r *run) func(*conn) peer {
	return func(c *conn) peer {
		k := &tcpBulk{c: c, run: r, rest: len(bulk)}
		r.slots = append(r.slots, func(int64) { k.c.write(bulk[:1]) })
		return k
	}
}

func (k *tcpBulk) data(data []byte) {
	k.run.bytes += int64(len(data))
	k.rest -= len(data)
	for k.rest <= 0 {
		k.rest += len(bulk)
		k.run.done(0, func(int64) {})
	}
}
func (k *tcpBulk) drained()         {}
func (k *tcpBulk) closed(err error) { k.run.lost(err, 1) }
