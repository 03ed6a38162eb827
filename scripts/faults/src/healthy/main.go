package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"rec"
)

type job struct {
	ctx context.Context
	out chan int
}

var (
	once sync.Once
	lazy chan job
)

func work(ctx context.Context, name string) {
	_, s := rec.Span(ctx, name, "fine")
	time.Sleep(200 * time.Microsecond)
	s.End()
}

func submit(ctx context.Context) {
	once.Do(func() {
		lazy = make(chan job)
		go func() {
			for j := range lazy {
				work(j.ctx, "lazy job")
				j.out <- 1
			}
		}()
	})
	j := job{ctx, make(chan int)}
	lazy <- j
	<-j.out
}

func main() {
	rec.Start("healthy")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// A pool by channel, one by condition.
	jobs := make(chan job)
	for i := 0; i < 4; i++ {
		go func() {
			for j := range jobs {
				work(j.ctx, "job")
				j.out <- 1
			}
		}()
	}
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var queue []job
	for i := 0; i < 2; i++ {
		go func() {
			for {
				mu.Lock()
				for len(queue) == 0 {
					cond.Wait()
				}
				j := queue[0]
				queue = queue[1:]
				mu.Unlock()
				work(j.ctx, "cond job")
				j.out <- 1
			}
		}()
	}
	// A server in accept, an HTTP server with idle connections.
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	go func() { l.Accept() }()
	hl, _ := net.Listen("tcp", "127.0.0.1:0")
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, s := rec.Span(r.Context(), "serve", "fine")
		defer s.End()
		io.WriteString(w, "ok")
	})
	srv := &http.Server{Handler: mux}
	go srv.Serve(hl)
	// Waits for the end of the program, its spawner gone.
	go func() {
		go func() { <-ctx.Done(); srv.Close() }()
	}()
	// A ticker, signals, a broker.
	go func() {
		for range time.Tick(20 * time.Millisecond) {
		}
	}()
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, os.Interrupt)
	go func() { <-sig }()
	subs := make(chan chan int)
	pub := make(chan int)
	go func() {
		var all []chan int
		for {
			select {
			case c := <-subs:
				all = append(all, c)
			case v := <-pub:
				for _, c := range all {
					select {
					case c <- v:
					default:
					}
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	// A pipeline of three stages, each spawned by a set-up goroutine that is gone.
	src := make(chan int)
	up := make(chan int)
	sink := make(chan int)
	go func() {
		go func() {
			for v := range src {
				up <- v * 2
			}
		}()
		go func() {
			for v := range up {
				sink <- v
			}
		}()
		go func() {
			for range sink {
			}
		}()
	}()
	// A janitor that was started in the span of a request.
	var janitor sync.Once
	for i := 0; i < 60; i++ {
		rctx, s := rec.Span(ctx, "request", "fine")
		g, gctx := errgroup.WithContext(rctx)
		g.Go(func() error { work(gctx, "part"); return nil })
		g.Go(func() error {
			j := job{gctx, make(chan int, 1)}
			jobs <- j
			<-j.out
			return nil
		})
		g.Go(func() error {
			j := job{gctx, make(chan int, 1)}
			mu.Lock()
			queue = append(queue, j)
			mu.Unlock()
			cond.Signal()
			<-j.out
			return nil
		})
		g.Go(func() error { submit(gctx); return nil })
		g.Go(func() error {
			janitor.Do(func() {
				go func() {
					t := time.NewTicker(50 * time.Millisecond)
					for {
						select {
						case <-t.C:
						case <-ctx.Done():
							return
						}
					}
				}()
			})
			return nil
		})
		g.Wait()
		if i%10 == 0 {
			c := make(chan int, 1)
			subs <- c
			pub <- i
			src <- i
			r, err := http.Get("http://" + hl.Addr().String())
			if err == nil {
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		}
		s.End()
	}
	time.Sleep(900 * time.Millisecond)
	rec.Stop()
}
