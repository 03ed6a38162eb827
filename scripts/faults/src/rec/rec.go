// Package rec records a run: an execution trace, spans of the OpenTelemetry SDK (unended ones too), the truth.
package rec

import (
	"context"
	"encoding/json"
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	ot "go.opentelemetry.io/otel/trace"
)

func GoID() int64 {
	var b [64]byte
	n := runtime.Stack(b[:], false)
	f := strings.Fields(string(b[:n]))
	id, _ := strconv.ParseInt(f[1], 10, 64)
	return id
}

type proc struct {
	mu   sync.Mutex
	open map[ot.SpanID]sdk.ReadWriteSpan
	exp  *stdouttrace.Exporter
}

func (p *proc) OnStart(_ context.Context, s sdk.ReadWriteSpan) {
	s.SetAttributes(attribute.Int64("goroutine.id", GoID()))
	p.mu.Lock()
	p.open[s.SpanContext().SpanID()] = s
	p.mu.Unlock()
}
func (p *proc) OnEnd(s sdk.ReadOnlySpan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, s.SpanContext().SpanID())
	p.exp.ExportSpans(context.Background(), []sdk.ReadOnlySpan{s})
}
func (p *proc) Shutdown(context.Context) error   { return nil }
func (p *proc) ForceFlush(context.Context) error { return nil }

var (
	Tracer ot.Tracer
	p      *proc
	tf, sf *os.File
	truth  *json.Encoder
	tmu    sync.Mutex
	dir    string
	name   string
)

func Start(service string) {
	dir, name = os.Args[1], service
	os.MkdirAll(dir, 0o755)
	sf, _ = os.Create(dir + "/spans.json")
	exp, err := stdouttrace.New(stdouttrace.WithWriter(sf))
	if err != nil {
		panic(err)
	}
	p = &proc{open: map[ot.SpanID]sdk.ReadWriteSpan{}, exp: exp}
	tp := sdk.NewTracerProvider(sdk.WithSpanProcessor(p), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", service), attribute.String("host.name", "node"), attribute.Int("process.pid", os.Getpid()))))
	Tracer = tp.Tracer("held")
	w, _ := os.Create(dir + "/../" + service + ".truth")
	truth = json.NewEncoder(w)
	tf, _ = os.Create(dir + "/go.trace")
	if err := trace.Start(tf); err != nil {
		panic(err)
	}
}

func Span(ctx context.Context, name, t string) (context.Context, ot.Span) {
	ctx, s := Tracer.Start(ctx, name, ot.WithAttributes(attribute.String("truth", t)))
	return ctx, s
}

// Truth says of the calling goroutine what it is.
func Truth(what string) {
	tmu.Lock()
	truth.Encode(map[string]any{"g": GoID(), "truth": what})
	tmu.Unlock()
}

func Stop() {
	trace.Stop()
	tf.Close()
	p.mu.Lock()
	for _, s := range p.open {
		p.exp.ExportSpans(context.Background(), []sdk.ReadOnlySpan{s})
	}
	p.mu.Unlock()
	sf.Close()
	d, _ := os.Create(dir + "/../" + name + ".dump.txt")
	b := make([]byte, 1<<22)
	d.Write(b[:runtime.Stack(b, true)])
	d.Close()
}
