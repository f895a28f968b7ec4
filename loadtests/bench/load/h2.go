package main

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/net/http2/hpack"
)

// HTTP/2 frames by hand, both sides. Spec: RFC 9113.

const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8
	frameContinuation = 9

	flagEndStream  = 1
	flagAck        = 1
	flagEndHeaders = 4
	flagPadded     = 8
	flagPriority   = 32

	preface          = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	defaultWindow    = 65535
	streamWindow     = 4 << 20
	connectionWindow = 64 << 20
	maxFrame         = 16384
)

// stream is what a connection knows of one stream.
type stream struct {
	id uint32
	// window is how much may still be sent.
	window int64
	// consumed is what was received since the last window update.
	consumed int64
	pending  []part
	// message counts what is left of the gRPC message being received: its prefix first, then its bytes.
	message messageReader
	// path, on the server; status and grpcStatus on the client.
	path, status, grpcStatus string
	due                      int64
	body                     int64
}

// part is data that waits for a window, and what follows it.
type part struct {
	data []byte
	end  bool
	// trailers end the stream after data.
	trailers bool
}

// role is what differs between the two sides.
type role interface {
	headers(s *stream, end bool)
	header(s *stream, name, value string)
	body(s *stream, data []byte, end bool)
	// opens says whether a stream that is not known may begin.
	opens() bool
	reset(s *stream, code uint32)
	goAway(code uint32)
}

type h2 struct {
	c       *conn
	role    role
	held    []byte
	decoder *hpack.Decoder
	current *stream
	// fragments of a header block until END_HEADERS.
	block    []byte
	blockEnd bool
	inBlock  uint32
	encoder  *hpack.Encoder
	encoded  bytes.Buffer
	streams  map[uint32]*stream
	free     []*stream
	window   int64
	initial  int64
	consumed int64
	blocked  []*stream
	// prefaceLeft is what a server has not seen yet of the client's preface.
	prefaceLeft int
}

func newH2(c *conn, r role) *h2 {
	h := &h2{c: c, role: r, streams: map[uint32]*stream{}, window: defaultWindow, initial: defaultWindow}
	h.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if h.current != nil {
			h.role.header(h.current, f.Name, f.Value)
		}
	})
	h.encoder = hpack.NewEncoder(&h.encoded)
	return h
}

// greet sends SETTINGS and opens the connection's window.
func (h *h2) greet() {
	settings := []byte{0, 4, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0}
	binary.BigEndian.PutUint32(settings[2:], streamWindow)
	h.frame(frameSettings, 0, 0, settings)
	h.windowUpdate(0, connectionWindow-defaultWindow)
}

func (h *h2) frame(kind, flags byte, id uint32, payload []byte) {
	n := len(payload)
	h.c.write([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags, byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
	h.c.write(payload)
}

func (h *h2) windowUpdate(id uint32, by int64) {
	h.frame(frameWindowUpdate, 0, id, binary.BigEndian.AppendUint32(nil, uint32(by)))
}

// sendHeaders encodes with the connection's dynamic table, as any client does; names and values in pairs.
func (h *h2) sendHeaders(id uint32, end bool, pairs []string) {
	h.encoded.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = h.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	flags := byte(flagEndHeaders)
	if end {
		flags |= flagEndStream
	}
	h.frame(frameHeaders, flags, id, h.encoded.Bytes())
}

// send sends what the windows let through and keeps the rest for later.
func (h *h2) send(s *stream, p part) {
	if len(s.pending) > 0 {
		s.pending = append(s.pending, p)
		return
	}
	if !h.push(s, &p) {
		s.pending = append(s.pending, p)
		h.blocked = append(h.blocked, s)
	}
}

// push sends as much of a part as it can; true when all of it has gone.
func (h *h2) push(s *stream, p *part) bool {
	for len(p.data) > 0 {
		n := min(int64(len(p.data)), s.window, h.window, maxFrame)
		if n <= 0 {
			return false
		}
		s.window -= n
		h.window -= n
		data := p.data[:n]
		p.data = p.data[n:]
		var flags byte
		if p.end && len(p.data) == 0 {
			flags = flagEndStream
		}
		h.frame(frameData, flags, s.id, data)
	}
	if p.trailers {
		h.sendHeaders(s.id, true, grpcTrailers)
	}
	return true
}

func (h *h2) unblock() {
	waiting := h.blocked
	h.blocked = nil
	for _, s := range waiting {
		for len(s.pending) > 0 && h.push(s, &s.pending[0]) {
			s.pending = s.pending[1:]
		}
		if len(s.pending) > 0 {
			h.blocked = append(h.blocked, s)
		}
	}
}

func (h *h2) open(id uint32) *stream {
	var s *stream
	if n := len(h.free); n > 0 {
		s = h.free[n-1]
		h.free = h.free[:n-1]
		*s = stream{pending: s.pending[:0]}
	} else {
		s = &stream{}
	}
	s.id, s.window = id, h.initial
	h.streams[id] = s
	return s
}

// end forgets a stream that both sides have ended.
func (h *h2) end(s *stream) {
	delete(h.streams, s.id)
	if len(s.pending) == 0 {
		h.free = append(h.free, s)
	}
}

func (h *h2) data(data []byte) {
	if len(h.held) > 0 {
		h.held = append(h.held, data...)
		data = h.held
	}
	if n := min(h.prefaceLeft, len(data)); n > 0 {
		h.prefaceLeft -= n
		data = data[n:]
	}
	for len(data) >= 9 {
		n := int(data[0])<<16 | int(data[1])<<8 | int(data[2])
		if len(data) < 9+n {
			break
		}
		h.take(data[3], data[4], binary.BigEndian.Uint32(data[5:])&0x7fffffff, data[9:9+n])
		data = data[9+n:]
	}
	h.held = append(h.held[:0], data...)
}

func (h *h2) take(kind, flags byte, id uint32, payload []byte) {
	switch kind {
	case frameData:
		h.consumed += int64(len(payload))
		if h.consumed > connectionWindow/2 {
			h.windowUpdate(0, h.consumed)
			h.consumed = 0
		}
		s := h.streams[id]
		if s == nil {
			return
		}
		s.consumed += int64(len(payload))
		if s.consumed > streamWindow/2 && flags&flagEndStream == 0 {
			h.windowUpdate(id, s.consumed)
			s.consumed = 0
		}
		h.role.body(s, unpad(flags, payload), flags&flagEndStream != 0)
	case frameHeaders:
		payload = unpad(flags, payload)
		if flags&flagPriority != 0 {
			payload = payload[5:]
		}
		h.block = append(h.block[:0], payload...)
		h.inBlock, h.blockEnd = id, flags&flagEndStream != 0
		if flags&flagEndHeaders != 0 {
			h.headers()
		}
	case frameContinuation:
		h.block = append(h.block, payload...)
		if flags&flagEndHeaders != 0 {
			h.headers()
		}
	case frameReset:
		if s := h.streams[id]; s != nil {
			h.role.reset(s, binary.BigEndian.Uint32(payload))
			h.end(s)
		}
	case frameSettings:
		if flags&flagAck != 0 {
			return
		}
		for i := 0; i+6 <= len(payload); i += 6 {
			value := binary.BigEndian.Uint32(payload[i+2:])
			switch binary.BigEndian.Uint16(payload[i:]) {
			case 1:
				h.encoder.SetMaxDynamicTableSizeLimit(value)
			case 4:
				for _, s := range h.streams {
					s.window += int64(value) - h.initial
				}
				h.initial = int64(value)
			}
		}
		h.frame(frameSettings, flagAck, 0, nil)
		h.unblock()
	case framePing:
		if flags&flagAck == 0 {
			h.frame(framePing, flagAck, 0, payload)
		}
	case frameGoAway:
		h.role.goAway(binary.BigEndian.Uint32(payload[4:]))
	case frameWindowUpdate:
		by := int64(binary.BigEndian.Uint32(payload))
		if id == 0 {
			h.window += by
		} else if s := h.streams[id]; s != nil {
			s.window += by
		}
		if len(h.blocked) > 0 {
			h.unblock()
		}
	}
}

func (h *h2) headers() {
	s := h.streams[h.inBlock]
	if s == nil && h.role.opens() {
		s = h.open(h.inBlock)
	}
	h.current = s
	if _, err := h.decoder.Write(h.block); err != nil {
		h.c.close(fmt.Errorf("cannot decode a header block: %w", err))
		return
	}
	_ = h.decoder.Close()
	if s != nil {
		h.role.headers(s, h.blockEnd)
	}
}

func unpad(flags byte, payload []byte) []byte {
	if flags&flagPadded == 0 {
		return payload
	}
	return payload[1 : len(payload)-int(payload[0])]
}

func (h *h2) drained() {}
