package main

import (
	"bytes"
	"encoding/binary"
)

// messageReader counts gRPC messages in the bytes of a body. Spec: gRPC over HTTP/2, Length-Prefixed-Message.
type messageReader struct {
	prefix [5]byte
	read   int
	rest   int
}

// count takes bytes and says how many messages ended in them.
func (m *messageReader) count(data []byte) int {
	messages := 0
	for len(data) > 0 {
		if m.read < 5 {
			n := copy(m.prefix[m.read:], data)
			m.read += n
			data = data[n:]
			if m.read == 5 {
				m.rest = int(binary.BigEndian.Uint32(m.prefix[1:]))
			}
		} else {
			n := min(m.rest, len(data))
			m.rest -= n
			data = data[n:]
		}
		if m.read == 5 && m.rest == 0 {
			messages++
			m.read = 0
		}
	}
	return messages
}

var (
	// message is one gRPC message of 1 KB.
	message      = append([]byte{0, 0, 0, 4, 0}, bytes.Repeat([]byte{'m'}, 1024)...)
	grpcHead     = []string{":status", "200", "content-type", "application/grpc"}
	grpcTrailers = []string{"grpc-status", "0"}
)
