package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// An event loop on one thread, so that load and back end cost less than any proxy between them: epoll, one shared read
// buffer, and one write per connection and turn.

// peer is what a connection's bytes go to.
type peer interface {
	// data gets what arrived; the slice is reused after the call.
	data(bytes []byte)
	// drained is told when everything written has left.
	drained()
	// closed is told once, with why.
	closed(err error)
}

type conn struct {
	fd    int
	loop  *loop
	peer  peer
	out   []chunk
	spare []byte
	// dirty is set from the first write of a turn until its end.
	dirty bool
	// waiting is set while the kernel takes no more.
	waiting bool
	gone    bool
}

// chunk is bytes to be written: a buffer of the connection's own, or bytes shared by all.
type chunk struct {
	bytes []byte
	owned bool
}

// write copies the bytes; they leave at the end of the turn.
func (c *conn) write(bytes []byte) {
	if n := len(c.out); n > 0 && c.out[n-1].owned {
		c.out[n-1].bytes = append(c.out[n-1].bytes, bytes...)
	} else {
		c.out = append(c.out, chunk{append(c.spare[:0], bytes...), true})
		c.spare = nil
	}
	c.mark()
}

// share queues bytes that never change, without copying large ones.
func (c *conn) share(bytes []byte) {
	if len(bytes) <= 16384 {
		c.write(bytes)
		return
	}
	c.out = append(c.out, chunk{bytes, false})
	c.mark()
}

func (c *conn) mark() {
	if !c.dirty {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

func (c *conn) flush() {
	c.dirty = false
	for len(c.out) > 0 && !c.gone && !c.waiting {
		first := &c.out[0]
		n, err := syscall.Write(c.fd, first.bytes)
		if err == syscall.EAGAIN {
			c.waiting = true
			c.loop.watch(c.fd, syscall.EPOLL_CTL_MOD, syscall.EPOLLIN|syscall.EPOLLOUT)
			return
		}
		if err != nil {
			c.close(err)
			return
		}
		if n < len(first.bytes) {
			first.bytes = first.bytes[n:]
			continue
		}
		if first.owned && cap(first.bytes) <= 1<<20 {
			c.spare = first.bytes[:0]
		}
		c.out[0] = chunk{}
		c.out = c.out[1:]
	}
	if len(c.out) == 0 && !c.gone {
		c.out = nil
		c.peer.drained()
	}
}

func (c *conn) close(err error) {
	if c.gone {
		return
	}
	c.gone = true
	delete(c.loop.conns, c.fd)
	syscall.Close(c.fd)
	c.peer.closed(err)
}

type loop struct {
	epoll     int
	conns     map[int]*conn
	listeners map[int]func(*conn) peer
	dirty     []*conn
	buffer    []byte
	events    [1024]syscall.EpollEvent
	// tick, when set, is called every turn; it says when at the latest it wants to be called again, as now() counts.
	tick    func() int64
	timer   int
	armed   int64
	stopped bool
}

func newLoop() *loop {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	check(err)
	l := &loop{epoll: epoll, conns: map[int]*conn{}, listeners: map[int]func(*conn) peer{}, buffer: make([]byte, 256<<10), timer: -1}
	return l
}

func (l *loop) watch(fd int, op int, events uint32) {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	check(syscall.EpollCtl(l.epoll, op, fd, &event))
}

// listen accepts on a loopback port; accepted says what a connection's bytes go to.
func (l *loop) listen(port int, accepted func(*conn) peer) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	check(err)
	check(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	check(syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	check(syscall.Listen(fd, 4096))
	l.listeners[fd] = accepted
	l.watch(fd, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN)
}

// connect opens a connection to a loopback port and waits until it stands.
func (l *loop) connect(port int, make func(*conn) peer) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		syscall.Close(fd)
		return err
	}
	check(syscall.SetNonblock(fd, true))
	l.add(fd, make)
	return nil
}

func (l *loop) add(fd int, make func(*conn) peer) {
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	c := &conn{fd: fd, loop: l}
	l.conns[fd] = c
	l.watch(fd, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN)
	c.peer = make(c)
}

// run handles events until stopped is set.
func (l *loop) run() {
	for !l.stopped {
		if l.tick != nil {
			if next := l.tick(); next != l.armed {
				l.arm(next)
			}
		}
		l.flush()
		if l.stopped {
			return
		}
		n, err := syscall.EpollWait(l.epoll, l.events[:], -1)
		if err == syscall.EINTR {
			continue
		}
		check(err)
		for i := range l.events[:n] {
			l.handle(int(l.events[i].Fd), l.events[i].Events)
		}
		l.flush()
	}
}

func (l *loop) flush() {
	for len(l.dirty) > 0 {
		turn := l.dirty
		l.dirty = nil
		for _, c := range turn {
			c.flush()
		}
		if l.dirty == nil {
			l.dirty = turn[:0]
		}
	}
}

func (l *loop) handle(fd int, events uint32) {
	if fd == l.timer {
		var expirations [8]byte
		_, _ = syscall.Read(fd, expirations[:])
		return
	}
	if accepted, ok := l.listeners[fd]; ok {
		for {
			child, _, err := syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if err != nil {
				return
			}
			l.add(child, accepted)
		}
	}
	c, ok := l.conns[fd]
	if !ok {
		return
	}
	if events&syscall.EPOLLOUT != 0 {
		c.waiting = false
		l.watch(fd, syscall.EPOLL_CTL_MOD, syscall.EPOLLIN)
		c.flush()
	}
	if events&^syscall.EPOLLOUT == 0 || c.gone {
		return
	}
	n, err := syscall.Read(fd, l.buffer)
	switch {
	case err == syscall.EAGAIN:
	case err != nil:
		c.close(err)
	case n == 0:
		c.close(fmt.Errorf("the other side closed"))
	default:
		c.peer.data(l.buffer[:n])
	}
}

// arm wakes the loop at a time, to the microsecond; epoll's own timeout counts milliseconds. Spec: timerfd_create(2).
func (l *loop) arm(at int64) {
	l.armed = at
	const monotonic, nonblock = 1, syscall.O_NONBLOCK
	if l.timer == -1 {
		fd, _, errno := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, monotonic, nonblock, 0)
		if errno != 0 {
			check(errno)
		}
		l.timer = int(fd)
		l.watch(l.timer, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN)
	}
	spec := [2]syscall.Timespec{1: syscall.NsecToTimespec(max(at-now(), 1))}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, uintptr(l.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		check(errno)
	}
}

// cpuSeconds is the user and system time of the processes since they started, all threads, to the nanosecond.
// Spec: clock_getcpuclockid(3): the clock's id is made of the process's.
func cpuSeconds(pids []int) float64 {
	const scheduled = 2
	total := 0.0
	for _, pid := range pids {
		var at syscall.Timespec
		clock := int32(^pid)<<3 | scheduled
		_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&at)), 0)
		if errno != 0 {
			check(fmt.Errorf("cannot read the CPU time of process %d: %w", pid, errno))
		}
		total += float64(at.Nano()) / 1e9
	}
	return total
}

var epoch = time.Now()

// now is nanoseconds since the program began.
func now() int64 { return time.Since(epoch).Nanoseconds() }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
