// Load and back end of the benchmark, one program, so that both cost less than the proxies between them.
//
//	load backend --h1 PORT --h2 PORT --echo PORT --source PORT
//	load run --proto h1|h2|grpc|grpc-stream|tcp-rr|tcp-bulk --port PORT [--path P] [--host H] [--connections N]
//	         [--streams N] [--seconds S] [--warm S] [--rate N] [--count N] [--pids PID,PID]
//	load idle --port PORT --connections N [--host H] [--cert FILE --key FILE]
//
// `run` keeps connections × streams busy, or with --rate sends on schedule whatever the answers' pace, and prints what
// it measured between the end of the warm-up and the end, CPU time of the processes included, as JSON.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	if len(os.Args) < 2 {
		check(fmt.Errorf("usage: load backend|run|idle [FLAGS]"))
	}
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	debug.SetGCPercent(400)
	switch os.Args[1] {
	case "backend":
		backend(os.Args[2:])
	case "run":
		load(os.Args[2:])
	case "idle":
		idle(os.Args[2:])
	default:
		check(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

func backend(args []string) {
	flags := flag.NewFlagSet("backend", flag.ExitOnError)
	h1 := flags.Int("h1", 0, "port of HTTP/1.1")
	h2 := flags.Int("h2", 0, "port of HTTP/2 and gRPC")
	echo := flags.Int("echo", 0, "port that sends back what it gets")
	source := flags.Int("source", 0, "port that sends without end")
	_ = flags.Parse(args)
	l := newLoop()
	l.listen(*h1, func(c *conn) peer { return &h1Server{c: c} })
	l.listen(*h2, newH2Server)
	l.listen(*echo, func(c *conn) peer { return &tcpEcho{c} })
	l.listen(*source, func(c *conn) peer { return &tcpSource{c: c} })
	l.run()
}
