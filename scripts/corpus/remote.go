package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"corpus/rec"
)

// frame is a message of a small protocol that carries many calls on one connection.
type frame struct {
	ID      uint64
	Method  string
	Headers map[string]string
	Reply   bool
}

// connection matches replies to calls by id: one reader goroutine serves all callers.
type connection struct {
	net     net.Conn
	lock    sync.Mutex
	encode  *json.Encoder
	pending map[uint64]func(frame)
	last    uint64
}

func newConnection(c net.Conn, serve func(*connection, frame)) *connection {
	conn := &connection{net: c, encode: json.NewEncoder(c), pending: map[uint64]func(frame){}}
	go conn.read(serve)
	return conn
}

func (c *connection) read(serve func(*connection, frame)) {
	decode := json.NewDecoder(bufio.NewReader(c.net))
	for {
		var f frame
		if decode.Decode(&f) != nil {
			return
		}
		if !f.Reply {
			serve(c, f)
			continue
		}
		c.lock.Lock()
		reply := c.pending[f.ID]
		delete(c.pending, f.ID)
		c.lock.Unlock()
		if reply != nil {
			reply(f)
		}
	}
}

func (c *connection) write(f frame) {
	c.lock.Lock()
	defer c.lock.Unlock()
	_ = c.encode.Encode(f)
}

// call sends f and returns when the reply is there; onReply runs on the reader's goroutine.
func (c *connection) call(f frame, onReply func()) {
	answered := make(chan struct{}, 1)
	c.lock.Lock()
	c.last++
	f.ID = c.last
	c.pending[f.ID] = func(frame) {
		if onReply != nil {
			onReply()
		}
		answered <- struct{}{}
	}
	_ = c.encode.Encode(f)
	c.lock.Unlock()
	<-answered
}

func (e *env) dial(role string) net.Conn {
	for range 400 {
		if c, err := net.Dial("tcp", e.addresses[role]); err == nil {
			return c
		}
		time.Sleep(5 * time.Millisecond)
	}
	panic("corpus: nobody listens at " + e.addresses[role])
}

func (e *env) listen() net.Listener {
	l, err := net.Listen("tcp", e.addresses[e.role])
	if err != nil {
		panic(err)
	}
	return l
}

// rpc is one call to another process under a client span, with the context in the headers.
func (e *env) rpc(ctx context.Context, c *connection, method, site string) {
	ctx, s := rec.Start(ctx, "rpc "+method, rec.Client, "rpc.method", method)
	defer s.End()
	c.call(frame{Method: method, Headers: rec.Inject(rec.Pass(ctx, "header dropped", site))}, nil)
}

// serveFrames accepts connections until the process shall stop.
func (e *env) serveFrames(serve func(*connection, frame)) {
	l := e.listen()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			newConnection(c, serve)
		}
	}()
	<-e.stop
	l.Close()
}

var _ = register(program{Name: "connpool", Part: "tune", Site: "connpool.decode", run: connectionPool,
	About: "a database client: two connections, many requests in flight, the reader decodes for whom the reply is"})

func connectionPool(e *env) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { // the database: no spans
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			newConnection(c, func(c *connection, f frame) {
				go func() {
					e.io(100*time.Microsecond, 1200*time.Microsecond)
					c.write(frame{ID: f.ID, Reply: true})
				}()
			})
		}
	}()
	var pool []*connection
	for range 2 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			panic(err)
		}
		pool = append(pool, newConnection(c, nil))
	}
	e.arrive(130, 200*time.Microsecond, 2*time.Millisecond, func(i int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /rows", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for k := range 1 + e.intn(4) {
			ctx := rec.Pass(ctx, "go statement", "connpool.query")
			open.Add(1)
			go func() {
				defer open.Done()
				ctx, s := rec.Start(ctx, "query", rec.Client)
				defer s.End()
				decode := rec.Pass(ctx, "reply by id", "connpool.decode")
				pool[(i+k)%2].call(frame{Method: "query"}, func() {
					_, s := rec.Start(decode, "decode rows")
					e.work(5*time.Microsecond, 40*time.Microsecond)
					s.End()
				})
			}()
		}
		open.Wait()
		if e.chance(.3) {
			audit(e, "audit rows")
		}
	})
	l.Close()
}

var _ = register(program{Name: "twohttp", Part: "tune", Site: "twohttp.header", Roles: []string{"gateway", "orders"}, Offsets: []int{0, 0}, run: twoHTTP,
	About: "two processes over net/http on one host, headers lost at some calls"})

func flat(h http.Header) map[string]string {
	return map[string]string{"Traceparent": h.Get("Traceparent"), "X-Truth": h.Get("X-Truth")}
}

func twoHTTP(e *env) {
	if e.role == "orders" {
		mux := http.NewServeMux()
		mux.HandleFunc("/reserve", func(w http.ResponseWriter, r *http.Request) {
			ctx, s := rec.Start(rec.Extract(flat(r.Header)), "POST /reserve", rec.Server)
			defer s.End()
			g := newGroup(3)
			for range 1 + e.intn(3) {
				ctx := rec.Pass(ctx, "errgroup", "twohttp.shard")
				g.Go(func() error {
					ctx, s := rec.Start(ctx, "reserve shard")
					defer s.End()
					query(e, ctx, "twohttp.query", "update stock")
					return nil
				})
			}
			_ = g.Wait()
			if e.chance(.4) {
				audit(e, "audit reserve")
			}
			_, _ = io.WriteString(w, "ok")
		})
		l := e.listen()
		server := &http.Server{Handler: mux}
		go server.Serve(l)
		<-e.stop
		server.Close()
		return
	}
	e.dial("orders").Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	e.arrive(110, 500*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /checkout", rec.Server)
		defer s.End()
		e.work(10*time.Microsecond, 80*time.Microsecond)
		var open sync.WaitGroup
		for range 1 + e.intn(2) {
			ctx := rec.Pass(ctx, "go statement", "twohttp.call")
			open.Add(1)
			go func() {
				defer open.Done()
				ctx, s := rec.Start(ctx, "HTTP POST", rec.Client)
				defer s.End()
				request, _ := http.NewRequest("POST", "http://"+e.addresses["orders"]+"/reserve", strings.NewReader("{}"))
				for name, value := range rec.Inject(rec.Pass(ctx, "header dropped", "twohttp.header")) {
					request.Header.Set(name, value)
				}
				if response, err := client.Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}()
		}
		open.Wait()
		if e.chance(.3) {
			audit(e, "audit checkout")
		}
	})
}

var _ = register(program{Name: "threerpc", Part: "unseen", Site: "threerpc.store", Roles: []string{"edge", "api", "store"}, Offsets: []int{0, 4300, -2700}, run: threeRPC,
	About: "three hosts whose clocks differ by milliseconds; each call shares its connection with others in flight"})

func threeRPC(e *env) {
	switch e.role {
	case "store":
		jobs := make(chan job, 32)
		for range 4 {
			go func() {
				for j := range jobs {
					_, s := rec.Start(j.ctx, "read block")
					e.io(60*time.Microsecond, 500*time.Microsecond)
					s.End()
					j.done()
				}
			}()
		}
		e.serveFrames(func(c *connection, f frame) {
			go func() {
				ctx, s := rec.Start(rec.Extract(f.Headers), f.Method, rec.Server)
				var open sync.WaitGroup
				open.Add(1)
				jobs <- job{rec.Pass(ctx, "buffered channel", "threerpc.block"), open.Done}
				open.Wait()
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
			}()
		})
	case "api":
		store := newConnection(e.dial("store"), nil)
		e.serveFrames(func(c *connection, f frame) {
			go func() {
				ctx, s := rec.Start(rec.Extract(f.Headers), f.Method, rec.Server)
				e.work(10*time.Microsecond, 60*time.Microsecond)
				var open sync.WaitGroup
				for range 1 + e.intn(3) {
					ctx := rec.Pass(ctx, "go statement", "threerpc.read")
					open.Add(1)
					go func() {
						defer open.Done()
						e.rpc(ctx, store, "Store/Read", "threerpc.store")
					}()
				}
				open.Wait()
				if e.chance(.3) {
					audit(e, "audit call")
				}
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
			}()
		})
	default:
		api := newConnection(e.dial("api"), nil)
		e.arrive(110, 500*time.Microsecond, 2500*time.Microsecond, func(int) {
			ctx, s := rec.Start(rec.Background("request"), "GET /object", rec.Server)
			defer s.End()
			e.work(5*time.Microsecond, 50*time.Microsecond)
			e.rpc(rec.Pass(ctx, "call", "threerpc.forward"), api, "API/Get", "threerpc.api")
			_, render := rec.Start(ctx, "render")
			e.work(5*time.Microsecond, 50*time.Microsecond)
			render.End()
		})
	}
}

var _ = register(program{Name: "twoqueue", Part: "unseen", Site: "twoqueue.header", Roles: []string{"shop", "mailer"}, Offsets: []int{0, 6800}, IDs: "task", run: twoQueue,
	About: "a producer process and a consumer process on another host: one-way messages, read by one goroutine, handled by workers"})

func twoQueue(e *env) {
	if e.role == "mailer" {
		jobs := make(chan job, 16)
		for range 3 {
			go func() {
				for j := range jobs {
					ctx, s := rec.Start(j.ctx, "process order mail", rec.Consumer)
					e.work(10*time.Microsecond, 80*time.Microsecond)
					query(e, ctx, "twoqueue.query", "select template")
					s.End()
				}
			}()
		}
		e.serveFrames(func(_ *connection, f frame) {
			jobs <- job{ctx: rec.Extract(f.Headers)}
		})
		return
	}
	queue := newConnection(e.dial("mailer"), nil)
	e.arrive(170, 300*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /order", rec.Server)
		defer s.End()
		query(e, ctx, "twoqueue.insert", "insert order")
		for range 1 + e.intn(2) {
			ctx, send := rec.Start(ctx, "send order mail", rec.Producer)
			queue.write(frame{Method: "mail", Headers: rec.Inject(rec.Pass(ctx, "header dropped", "twoqueue.header"))})
			send.End()
		}
		if e.chance(.3) {
			audit(e, "audit order")
		}
	})
	time.Sleep(10 * time.Millisecond)
}

var _ = register(program{Name: "twomux", Part: "tune", Site: "twomux.header", Roles: []string{"front", "back"}, Offsets: []int{0, -3600}, run: twoMux,
	About: "two hosts whose clocks differ: calls share one connection, the server starts a goroutine for each"})

func twoMux(e *env) {
	if e.role == "back" {
		e.serveFrames(func(c *connection, f frame) {
			go func() {
				ctx, s := rec.Start(rec.Extract(f.Headers), f.Method, rec.Server)
				query(e, ctx, "twomux.query", "select price")
				if e.chance(.4) {
					child := rec.Pass(ctx, "go statement", "twomux.log")
					e.background.Add(1)
					go func() {
						defer e.background.Done()
						_, s := rec.Start(child, "log price")
						e.work(5*time.Microsecond, 40*time.Microsecond)
						s.End()
					}()
				}
				if e.chance(.3) {
					audit(e, "audit price")
				}
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
			}()
		})
		return
	}
	back := newConnection(e.dial("back"), nil)
	e.arrive(120, 300*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /prices", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(3) {
			ctx := rec.Pass(ctx, "go statement", "twomux.call")
			open.Add(1)
			go func() {
				defer open.Done()
				e.rpc(ctx, back, "Price/Get", "twomux.header")
			}()
		}
		open.Wait()
	})
}
