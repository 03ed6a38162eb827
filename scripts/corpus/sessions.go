package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "eventloop", Part: "unseen", Site: "eventloop.callback", run: eventLoop,
	About: "one goroutine runs all callbacks; helpers do what takes time and post their callbacks back to it"})

func eventLoop(e *env) {
	posted := make(chan func(), 256)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for call := range posted {
			call()
		}
	}()
	later := func(ctx context.Context, name string, then func(context.Context)) {
		ctx = rec.Pass(ctx, "go statement", "eventloop.help")
		go func() {
			own, s := rec.Start(ctx, name, rec.Client)
			e.io(50*time.Microsecond, 800*time.Microsecond)
			s.End()
			ctx := rec.Pass(ctx, "buffered channel", "eventloop.callback")
			posted <- func() { then(ctx) }
			_ = own
		}()
	}
	e.arrive(100, 300*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /room", rec.Server)
		defer s.End()
		answered := make(chan struct{})
		first := rec.Pass(ctx, "buffered channel", "eventloop.post")
		posted <- func() {
			_, s := rec.Start(first, "on request")
			e.work(3*time.Microsecond, 30*time.Microsecond)
			s.End()
			later(ctx, "read room", func(ctx context.Context) {
				_, s := rec.Start(ctx, "on room")
				e.work(3*time.Microsecond, 30*time.Microsecond)
				s.End()
				later(ctx, "read members", func(ctx context.Context) {
					_, s := rec.Start(ctx, "on members")
					e.work(3*time.Microsecond, 30*time.Microsecond)
					s.End()
					close(answered)
				})
			})
		}
		<-answered
	})
	close(posted)
	<-done
}

var _ = register(program{Name: "lease", Part: "unseen", Site: "lease.renew", run: lease,
	About: "sessions with a long span, a ticker each that renews a lease, and commands that come over the session's channel"})

func lease(e *env) {
	var sessions sync.WaitGroup
	for range 9 {
		sessions.Add(1)
		go func() {
			defer sessions.Done()
			ctx, s := rec.Start(rec.Background("request"), "session", rec.Server)
			defer s.End()
			commands, stop := make(chan context.Context), make(chan struct{})
			var open sync.WaitGroup
			open.Add(2)
			renewals := rec.Pass(ctx, "go statement", "lease.keeper")
			go func() {
				defer open.Done()
				ticker := time.NewTicker(3 * time.Millisecond)
				defer ticker.Stop()
				for {
					select {
					case <-ticker.C:
						_, s := rec.Start(rec.Pass(renewals, "timer", "lease.renew"), "renew lease", rec.Client)
						e.io(50*time.Microsecond, 200*time.Microsecond)
						s.End()
					case <-stop:
						return
					}
				}
			}()
			go func() {
				defer open.Done()
				for ctx := range commands {
					ctx, s := rec.Start(ctx, "run command")
					query(e, ctx, "lease.query", "update state")
					s.End()
				}
			}()
			for range 6 + e.intn(8) {
				e.io(100*time.Microsecond, 3*time.Millisecond)
				ctx, s := rec.Start(ctx, "receive command", rec.Consumer)
				e.work(2*time.Microsecond, 20*time.Microsecond)
				commands <- rec.Pass(ctx, "unbuffered channel", "lease.command")
				s.End()
			}
			close(commands)
			close(stop)
			open.Wait()
		}()
		time.Sleep(e.between(300*time.Microsecond, 4*time.Millisecond))
	}
	sessions.Wait()
}

var _ = register(program{Name: "partitions", Part: "unseen", Site: "partitions.record", Roles: []string{"producer", "group"}, Offsets: []int{0, -1700}, run: partitions,
	About: "a log of partitions between two hosts: records keep their order within one; a consumer for each, commits by a ticker"})

func partitions(e *env) {
	if e.role == "group" {
		records := make([]chan context.Context, 4)
		for number := range records {
			records[number] = make(chan context.Context, 128)
			go func() {
				for ctx := range records[number] {
					ctx, s := rec.Start(ctx, "process record", rec.Consumer, "messaging.destination.partition.id", number)
					query(e, ctx, "partitions.row", "upsert row")
					s.End()
				}
			}()
		}
		stop := every(e, 4*time.Millisecond, func() {
			_, s := rec.Start(rec.Background("cron"), "commit offsets", rec.Client)
			e.io(50*time.Microsecond, 300*time.Microsecond)
			s.End()
		})
		e.serveFrames(func(c *connection, f frame) {
			records[int(f.ID)%len(records)] <- rec.Extract(f.Headers)
			c.write(frame{ID: f.ID, Reply: true})
		})
		stop()
		time.Sleep(5 * time.Millisecond)
		return
	}
	group := newConnection(e.dial("group"), nil)
	e.arrive(120, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /event", rec.Server)
		defer s.End()
		e.work(5*time.Microsecond, 40*time.Microsecond)
		ctx, send := rec.Start(ctx, "send record", rec.Producer)
		group.call(frame{Method: "record", Headers: rec.Inject(rec.Pass(ctx, "header dropped", "partitions.record"))}, nil)
		send.End()
	})
	time.Sleep(40 * time.Millisecond)
}

var _ = register(program{Name: "bidi", Part: "unseen", Site: "bidi.message", Roles: []string{"terminal", "pricing"}, Offsets: []int{0, 800}, run: bidi,
	About: "streams both ways between two hosts: each subscription sends orders over one connection, answers come when they come"})

func bidi(e *env) {
	if e.role == "pricing" {
		e.serveFrames(func(c *connection, f frame) {
			ctx := rec.Extract(f.Headers)
			if f.Method == "quick" {
				_, s := rec.Start(ctx, "quote", rec.Server)
				e.work(5*time.Microsecond, 30*time.Microsecond)
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
				return
			}
			ctx = rec.Pass(ctx, "go statement", "bidi.serve")
			go func() {
				ctx, s := rec.Start(ctx, "price", rec.Server)
				query(e, ctx, "bidi.query", "select price")
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
			}()
		})
		return
	}
	connections := []*connection{newConnection(e.dial("pricing"), nil), newConnection(e.dial("pricing"), nil)}
	e.clients(5, 8, 500*time.Microsecond, 4*time.Millisecond, func(client, _ int) {
		ctx, s := rec.Start(rec.Background("request"), "subscribe", rec.Server)
		defer s.End()
		c := connections[client%2]
		var open sync.WaitGroup
		for range 2 + e.intn(4) {
			e.io(20*time.Microsecond, 300*time.Microsecond)
			method := "price"
			if e.chance(.4) {
				method = "quick"
			}
			open.Add(1)
			ctx := rec.Pass(ctx, "go statement", "bidi.send")
			go func() {
				defer open.Done()
				e.rpc(ctx, c, method, "bidi.message")
			}()
		}
		open.Wait()
	})
}

var _ = register(program{Name: "gateway", Part: "unseen", Site: "gateway.header", Roles: []string{"edge", "auth", "orders"}, Offsets: []int{0, 0, 2600}, run: gateway,
	About: "three processes over net/http: the edge asks for a token, then the orders, which ask for the token themselves; retries"})

func gateway(e *env) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	get := func(ctx context.Context, role, path string) bool {
		ctx, s := rec.Start(ctx, "HTTP GET", rec.Client, "server.address", role)
		defer s.End()
		request, _ := http.NewRequest("GET", "http://"+e.addresses[role]+path, nil)
		for name, value := range rec.Inject(rec.Pass(ctx, "header dropped", "gateway.header")) {
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return response.StatusCode == 200
	}
	serve := func(path string, handle func(context.Context) int) {
		mux := http.NewServeMux()
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			ctx, s := rec.Start(rec.Extract(flat(r.Header)), "GET "+path, rec.Server)
			defer s.End()
			w.WriteHeader(handle(ctx))
		})
		l := e.listen()
		server := &http.Server{Handler: mux}
		go server.Serve(l)
		<-e.stop
		server.Close()
	}
	switch e.role {
	case "auth":
		serve("/token", func(ctx context.Context) int {
			query(e, ctx, "gateway.token", "select token")
			return 200
		})
	case "orders":
		e.dial("auth").Close()
		serve("/orders", func(ctx context.Context) int {
			if e.chance(.5) {
				get(ctx, "auth", "/token")
			}
			query(e, ctx, "gateway.orders", "select orders")
			if e.chance(.2) {
				audit(e, "audit orders")
			}
			if e.chance(.1) {
				return 503
			}
			return 200
		})
	default:
		e.dial("auth").Close()
		e.dial("orders").Close()
		e.arrive(110, 500*time.Microsecond, 3*time.Millisecond, func(int) {
			ctx, s := rec.Start(rec.Background("request"), "GET /", rec.Server)
			defer s.End()
			get(rec.Pass(ctx, "call", "gateway.auth"), "auth", "/token")
			for range 3 {
				if get(rec.Pass(ctx, "call", "gateway.fetch"), "orders", "/orders") {
					break
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
}
