package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// run is one measurement.
type run struct {
	proto, path, host    string
	connections, streams int
	loop                 *loop
	// slots are the ways to begin a request, one for each stream of each connection.
	slots []func(due int64)
	// rate is requests a second on schedule; 0 keeps every slot busy.
	rate int
	// limit ends the run after as many answers; 0 is none.
	limit int64
	// counting is set once the warm-up is over.
	counting bool
	// answered is how many answers came before.
	answered  int
	latencies []int64
	requests  int64
	bytes     int64
	errors    int64
	reason    string
}

const (
	longestWarmUp = 20e9
	pollEvery     = 10e6
)

// result is what is printed. Latencies in microseconds, and only with a rate.
type result struct {
	Requests   int64   `json:"requests"`
	Bytes      int64   `json:"bytes"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpuSeconds"`
	Errors     int64   `json:"errors"`
	Reason     string  `json:"reason,omitempty"`
	P50        float64 `json:"p50"`
	P90        float64 `json:"p90"`
	P99        float64 `json:"p99"`
}

func load(args []string) {
	r := &run{loop: newLoop()}
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	flags.StringVar(&r.proto, "proto", "h1", "what to speak")
	port := flags.Int("port", 0, "where to")
	flags.StringVar(&r.path, "path", "/b/1024", "path of requests")
	flags.StringVar(&r.host, "host", "bench", "host of requests")
	flags.IntVar(&r.connections, "connections", 1, "connections")
	flags.IntVar(&r.streams, "streams", 1, "streams a connection")
	seconds := flags.Float64("seconds", 1, "how long to measure")
	warm := flags.Float64("warm", 0, "how long to run before measuring")
	flags.IntVar(&r.rate, "rate", 0, "requests a second")
	flags.Int64Var(&r.limit, "count", 0, "stop after as many answers")
	pids := flags.String("pids", "", "processes whose CPU time is measured")
	_ = flags.Parse(args)
	makers := map[string]func(*run) func(*conn) peer{
		"h1": newH1Client, "h2": newH2Client, "grpc": newH2Client, "grpc-stream": newH2Client, "tcp-rr": newTCPRequests, "tcp-bulk": newTCPBulk,
	}
	maker, ok := makers[r.proto]
	if !ok {
		check(fmt.Errorf("unknown protocol %q", r.proto))
	}
	create := maker(r)
	for range r.connections {
		if err := r.loop.connect(*port, create); err != nil {
			r.fail(err.Error())
			break
		}
	}
	var measured result
	if r.errors == 0 {
		measured = r.measure(*warm, *seconds, numbers(*pids))
	}
	measured.Errors, measured.Reason = r.errors, r.reason
	check(json.NewEncoder(os.Stdout).Encode(measured))
}

func numbers(list string) []int {
	var values []int
	for _, text := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' }) {
		value, err := strconv.Atoi(text)
		check(err)
		values = append(values, value)
	}
	return values
}

// measure runs until the time is over, the limit is reached or no connection is left.
func (r *run) measure(warm, seconds float64, pids []int) result {
	startedAt := now()
	begin := startedAt + int64(warm*1e9)
	var beganAt, bytes, end int64
	var cpu float64
	if r.rate == 0 {
		for _, send := range r.slots {
			send(0)
		}
	}
	sent := 0
	dueOf := func(i int) int64 { return startedAt + int64(i)*1e9/int64(r.rate) }
	r.loop.tick = func() int64 {
		at := now()
		// Every connection has been accepted and answered before the time counts.
		if !r.counting && at >= begin && (r.rate > 0 || r.limit > 0 || r.answered >= len(r.slots) || at > begin+longestWarmUp) {
			r.counting = true
			end = at + int64(seconds*1e9)
			beganAt, bytes, cpu = at, r.bytes, cpuSeconds(pids)
		}
		if r.counting && at >= end {
			r.loop.stopped = true
			return at
		}
		next := end
		if !r.counting {
			// Past the beginning, answers wake the loop; without any, look again soon.
			next = max(begin, at-at%pollEvery+pollEvery)
		}
		if r.rate > 0 {
			for ; dueOf(sent) <= at; sent++ {
				r.slots[sent%len(r.slots)](dueOf(sent))
			}
			next = min(next, dueOf(sent))
		}
		return next
	}
	r.loop.run()
	measured := result{Requests: r.requests}
	if r.counting {
		measured.Seconds = float64(now()-beganAt) / 1e9
		measured.Bytes = r.bytes - bytes
		measured.CPUSeconds = cpuSeconds(pids) - cpu
	}
	if n := len(r.latencies); n > 0 {
		slices.Sort(r.latencies)
		at := func(share float64) float64 { return float64(r.latencies[min(n-1, int(float64(n)*share))]) / 1e3 }
		measured.P50, measured.P90, measured.P99 = at(0.5), at(0.9), at(0.99)
	}
	return measured
}

// done counts an answer and begins the slot's next request.
func (r *run) done(due int64, next func(int64)) {
	r.answered++
	if r.counting {
		r.requests++
		if r.rate > 0 {
			r.latencies = append(r.latencies, now()-due)
		}
		if r.requests == r.limit {
			r.loop.stopped = true
			return
		}
	}
	if r.rate == 0 {
		next(0)
	}
}

// fail counts a request that got no good answer. A run with a limit is a question whether it works, so it ends.
func (r *run) fail(reason string) {
	r.errors++
	r.note(reason)
	if r.limit > 0 {
		r.loop.stopped = true
	}
}

// note keeps the first reason.
func (r *run) note(reason string) {
	if r.reason == "" {
		r.reason = reason
	}
}

// lost is a connection that ended with requests outstanding.
func (r *run) lost(err error, outstanding int) {
	r.errors += int64(outstanding)
	r.note(fmt.Sprintf("a connection was lost: %v", err))
	if r.limit > 0 || len(r.loop.conns) == 0 {
		r.loop.stopped = true
	}
}
