package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"go.opentelemetry.io/otel/codes"
	ot "go.opentelemetry.io/otel/trace"
	"rec"
)

var wg sync.WaitGroup

func run(f func()) {
	wg.Add(1)
	go func() { defer wg.Done(); f() }()
}

func main() {
	rec.Start("ends")
	keep := make(chan struct{})
	for i := 0; i < 5; i++ {
		ctx, s := rec.Span(context.Background(), "request", "fine")
		run(func() { // panic with a string, seen by End, recovered above
			rec.Truth("recovered")
			defer func() { recover() }()
			_, s := rec.Span(ctx, "panic string", "recovered")
			defer s.End()
			panic("boom")
		})
		run(func() { // with an error
			rec.Truth("recovered")
			defer func() { recover() }()
			_, s := rec.Span(ctx, "panic error", "recovered-by-error")
			defer s.End()
			panic(errors.New("boom"))
		})
		run(func() { // with an error, the stack recorded
			rec.Truth("recovered")
			defer func() { recover() }()
			_, s := rec.Span(ctx, "panic error stack", "recovered")
			defer s.End(ot.WithStackTrace(true))
			panic(errors.New("boom"))
		})
		run(func() { // by the runtime
			rec.Truth("recovered")
			defer func() { recover() }()
			_, s := rec.Span(ctx, "panic runtime", "recovered")
			defer s.End()
			var a []int
			_ = a[i]
		})
		run(func() { // an inner span passes it on, the outer one too
			rec.Truth("recovered")
			defer func() { recover() }()
			octx, o := rec.Span(ctx, "outer", "recovered")
			defer o.End()
			_, s := rec.Span(octx, "inner", "recovered")
			defer s.End()
			panic(fmt.Sprintf("boom %d", i))
		})
		run(func() { // recovered by hand, noted as an error
			rec.Truth("recovered")
			_, s := rec.Span(ctx, "noted", "recovered")
			defer s.End()
			defer func() {
				if r := recover(); r != nil {
					s.RecordError(fmt.Errorf("panic: %v", r))
					s.SetStatus(codes.Error, "panic")
				}
			}()
			panic("boom")
		})
		run(func() { // an error is no panic
			_, s := rec.Span(ctx, "error", "fine")
			defer s.End()
			s.RecordError(errors.New("no panic here"))
		})
		run(func() { // Goexit in a deferred function, span forgotten
			rec.Truth("goexit")
			_, s := rec.Span(ctx, "goexit", "abandoned")
			_ = s
			defer runtime.Goexit()
		})
		run(func() { // Goexit, but the span ends
			rec.Truth("goexit")
			_, s := rec.Span(ctx, "goexit ended", "fine")
			defer s.End()
			runtime.Goexit()
		})
		run(func() { // ended elsewhere, this one over
			_, s := rec.Span(ctx, "hands over", "elsewhere")
			run(func() { time.Sleep(5 * time.Millisecond); s.End() })
		})
		run(func() { // ended elsewhere, this one lives on: nobody can know
			_, s := rec.Span(ctx, "hands over and waits", "elsewhere-alive")
			d := make(chan int)
			run(func() { s.End(); close(d) })
			<-d
			time.Sleep(time.Millisecond)
		})
		run(func() { // forgotten, this one returns
			rec.Span(ctx, "forgotten", "abandoned")
		})
		go func() { // forgotten, this one goes on
			rec.Span(ctx, "forgets and goes on", "open")
			t := time.NewTicker(10 * time.Millisecond)
			for {
				select {
				case <-t.C:
				case <-keep:
					return
				}
			}
		}()
		time.Sleep(10 * time.Millisecond)
		s.End()
	}
	wg.Wait()
	time.Sleep(200 * time.Millisecond)
	rec.Stop()
}
