package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "scatter", Part: "unseen", Site: "scatter.shard", run: scatter,
	About: "a query goes to shards over their request channels, the reply channel in the message; late shards are dropped"})

func scatter(e *env) {
	type ask struct {
		ctx   context.Context
		reply chan int
	}
	shards := make([]chan ask, 4)
	for i := range shards {
		shards[i] = make(chan ask, 2)
		for range 2 {
			go func() {
				for a := range shards[i] {
					ctx, s := rec.Start(a.ctx, "search shard")
					e.work(5*time.Microsecond, 60*time.Microsecond)
					if e.chance(.3) {
						query(e, ctx, "scatter.disk", "read postings")
					}
					s.End()
					a.reply <- 1
				}
			}()
		}
	}
	e.arrive(140, 300*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /search", rec.Server)
		defer s.End()
		reply := make(chan int, len(shards))
		for _, shard := range shards {
			shard <- ask{rec.Pass(ctx, "buffered channel", "scatter.shard"), reply}
		}
		late := time.After(900 * time.Microsecond)
		for range shards {
			select {
			case <-reply:
			case <-late:
				_, s := rec.Start(rec.Pass(ctx, "call", "scatter.partial"), "partial answer")
				s.End()
				return
			}
		}
		_, rank := rec.Start(rec.Pass(ctx, "call", "scatter.rank"), "rank")
		e.work(10*time.Microsecond, 80*time.Microsecond)
		rank.End()
	})
	time.Sleep(5 * time.Millisecond)
}

var _ = register(program{Name: "saga", Part: "unseen", Site: "saga.step", IDs: "task", run: saga,
	About: "sagas over a command bus: a buffered channel for each service, replies by the number of the saga, compensations backwards"})

func saga(e *env) {
	type command struct {
		ctx  context.Context
		name string
		done func(bool)
	}
	services := []string{"payment", "stock", "shipping"}
	bus := map[string]chan command{}
	for _, service := range services {
		bus[service] = make(chan command, 32)
		for range 2 {
			go func() {
				for c := range bus[service] {
					ctx, s := rec.Start(c.ctx, c.name+" "+service)
					query(e, ctx, "saga.row", "update "+service)
					ok := c.name != "do" || e.chance(.85)
					s.End()
					c.done(ok)
				}
			}()
		}
	}
	e.arrive(120, 400*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /order", rec.Server)
		defer s.End()
		step := func(name, service string) bool {
			ctx, s := rec.Start(ctx, "step "+service)
			defer s.End()
			answer := make(chan bool, 1)
			bus[service] <- command{rec.Pass(ctx, "buffered channel", "saga.step"), name, func(ok bool) { answer <- ok }}
			return <-answer
		}
		for i, service := range services {
			if step("do", service) {
				continue
			}
			for k := i - 1; k >= 0; k-- {
				step("undo", services[k])
			}
			break
		}
		if e.chance(.3) {
			audit(e, "audit order")
		}
	})
}

var _ = register(program{Name: "stalecache", Part: "unseen", Site: "stalecache.refresh", IDs: "log", run: staleCache,
	About: "a cache that answers with what is stale and refreshes behind the request; a miss loads once for all"})

func staleCache(e *env) {
	type entry struct {
		ready  chan struct{}
		at     time.Time
		isBusy atomic.Bool
	}
	var lock sync.Mutex
	entries := map[int]*entry{}
	load := func(ctx context.Context, name string) {
		ctx, s := rec.Start(ctx, name)
		query(e, ctx, "stalecache.query", "select product")
		s.End()
	}
	e.clients(6, 40, 50*time.Microsecond, 1500*time.Microsecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /product", rec.Server)
		defer s.End()
		_, auth := rec.Start(rec.Pass(ctx, "call", "stalecache.auth"), "check token")
		e.work(5*time.Microsecond, 30*time.Microsecond)
		auth.End()
		key := e.intn(40)
		lock.Lock()
		own, known := entries[key]
		if !known {
			own = &entry{ready: make(chan struct{}), at: time.Now()}
			entries[key] = own
		}
		lock.Unlock()
		if !known {
			load(rec.Pass(ctx, "call", "stalecache.load"), "load product")
			close(own.ready)
			return
		}
		<-own.ready
		if time.Since(own.at) > 4*time.Millisecond && own.isBusy.CompareAndSwap(false, true) {
			e.background.Add(1)
			refresh := rec.Pass(ctx, "go statement", "stalecache.refresh")
			go func() {
				defer e.background.Done()
				load(refresh, "refresh product")
				own.at = time.Now()
				own.isBusy.Store(false)
			}()
		}
		_, render := rec.Start(rec.Pass(ctx, "call", "stalecache.render"), "render product")
		e.work(10*time.Microsecond, 60*time.Microsecond)
		render.End()
	})
}

var _ = register(program{Name: "twofan", Part: "tune", Site: "twofan.header", Roles: []string{"portal", "catalog"}, Offsets: []int{0, 2100}, run: twoFan,
	About: "two hosts over net/http: middleware spans, parallel calls with retries, a pool of workers behind the handler"})

func twoFan(e *env) {
	if e.role == "catalog" {
		type lookup struct {
			ctx  context.Context
			done chan struct{}
		}
		jobs := make(chan lookup, 16)
		for range 4 {
			go func() {
				for j := range jobs {
					ctx, s := rec.Start(j.ctx, "look up item")
					query(e, ctx, "twofan.query", "select item")
					s.End()
					close(j.done)
				}
			}()
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/items", func(w http.ResponseWriter, r *http.Request) {
			ctx, s := rec.Start(rec.Extract(flat(r.Header)), "GET /items", rec.Server)
			defer s.End()
			ctx, guard := rec.Start(ctx, "check quota")
			e.work(3*time.Microsecond, 20*time.Microsecond)
			guard.End()
			var open []chan struct{}
			for range 1 + e.intn(2) {
				done := make(chan struct{})
				open = append(open, done)
				jobs <- lookup{rec.Pass(ctx, "buffered channel", "twofan.job"), done}
			}
			for _, done := range open {
				<-done
			}
			if e.chance(.1) {
				w.WriteHeader(503)
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
	e.dial("catalog").Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 6}}
	get := func(ctx context.Context) bool {
		ctx, s := rec.Start(ctx, "HTTP GET", rec.Client)
		defer s.End()
		request, _ := http.NewRequest("GET", "http://"+e.addresses["catalog"]+"/items", strings.NewReader(""))
		for name, value := range rec.Inject(rec.Pass(ctx, "header dropped", "twofan.header")) {
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
	e.arrive(110, 500*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /portal", rec.Server)
		defer s.End()
		ctx, session := rec.Start(ctx, "session")
		e.work(5*time.Microsecond, 40*time.Microsecond)
		defer session.End()
		g := newGroup(4)
		for range 1 + e.intn(3) {
			ctx := rec.Pass(ctx, "errgroup", "twofan.call")
			g.Go(func() error {
				ctx, s := rec.Start(ctx, "fetch items")
				defer s.End()
				for range 2 {
					if get(ctx) {
						break
					}
					time.Sleep(100 * time.Microsecond)
				}
				return nil
			})
		}
		_ = g.Wait()
		if e.chance(.3) {
			audit(e, "audit portal")
		}
	})
}
