package flowtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"seax/internal/conversation"
	"seax/workflows/flow"
)

// World is everything around a flow under test: an event log and a routing desk in memory that behave as the real ones do.
type World struct {
	scenario *Scenario
	id       uuid.UUID
	env      *testsuite.TestWorkflowEnvironment
	played   int
	// running: the workflow has been started in env.
	running bool

	mu      sync.Mutex
	ids     int
	effects int
	events  []conversation.Event
	last    int64
	phase   conversation.Phase
	epoch   int
	queue   string
	agent   conversation.Person
	request uuid.UUID
	replyBy *time.Time
	offer   *conversation.Reserved
	place   int
	// channel is the kind the customer writes on.
	channel string
	clocks  clocks
	looks   int
	// clockLog is what clocks came to and what became of them.
	clockLog []string

	// Delivered are the seqs of messages that were sent to the customer, in the order of sending.
	Delivered []int64
	// Fetched and LostFiles are the seqs of messages whose files came, or did not; LookUps has an entry for each time the customer was
	// looked up.
	Fetched, LostFiles, LookUps []int64
	// Changed and Unchanged are the seqs of requests for changes that were made, or given up.
	Changed, Unchanged []int64
	// Requests are what was asked of routing, in order.
	Requests []flow.Request
	// Greeting is what a customer who asked to be told will be told when it is their turn.
	Greeting string
	// Attributes as set by the flow.
	Attributes map[string]string
	// Language, Rating, Attention as noted by the flow.
	Language  string
	Rating    int
	Attention string
	// FinalFlow is the flow that ran last.
	FinalFlow string
}

func newWorld(s *Scenario) *World {
	return &World{
		scenario: s, id: uuid.NewSHA1(uuid.NameSpaceOID, []byte(s.Flow)), phase: conversation.InFlow, place: 1, channel: "webchat",
		Language: s.Language, FinalFlow: s.Flow, Attributes: map[string]string{},
	}
}

func (w *World) now() time.Time { return w.env.Now().UTC() }

// Effects counts what the flow has done to the world.
func (w *World) Effects() int { return w.effects }

// newID makes ids that differ in a world, in order.
func (w *World) newID() uuid.UUID {
	w.ids++
	return uuid.NewSHA1(w.id, []byte{byte(w.ids >> 8), byte(w.ids)})
}

// input logs an event and, if it is one for the workflow, signals it. Call it without holding the lock.
func (w *World) input(kind conversation.Kind, actor conversation.Actor, body any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.append(w.newID(), kind, actor, body)
}

func (w *World) append(id uuid.UUID, kind conversation.Kind, actor conversation.Actor, body any) conversation.Event {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	e := conversation.Event{
		ConversationID: w.id, Seq: int64(len(w.events) + 1), ID: id, Kind: kind, Actor: actor, Body: encoded, At: w.now(),
	}
	if kind.Input() {
		previous := w.last
		e.PrevInput = &previous
		w.last = e.Seq
	}
	crossed := w.keepClocks(&e)
	w.events = append(w.events, e)
	if kind.Input() && w.running {
		w.env.SignalWorkflow(string(kind), e)
	}
	w.sayCrossed(crossed)
	return e
}

// effect counts one effect and forces a new run when it is time.
func (w *World) effect() {
	w.effects++
	if w.effects == w.scenario.RenewAfter {
		env := w.env
		env.RegisterDelayedCallback(func() { env.SetContinueAsNewSuggested(true) }, 0)
	}
}

func (w *World) register(env *testsuite.TestWorkflowEnvironment) {
	register(env, flow.ActivityOpen, w.open)
	register(env, flow.ActivityInputs, w.inputs)
	register(env, flow.ActivityAppend, w.say)
	register(env, flow.ActivityNote, w.record)
	register(env, flow.ActivityClose, w.close)
	register(env, flow.ActivitySLADue, w.slaDue)
	register(env, flow.ActivityEnqueue, w.enqueue)
	register(env, flow.ActivityStep, func(context.Context, uuid.UUID) error { return nil })
	register(env, flow.ActivityRematch, func(context.Context, uuid.UUID) error { return nil })
	register(env, flow.ActivityCallback, w.callback)
	register(env, flow.ActivityAbandon, w.abandon)
	register(env, flow.ActivityTimeout, w.timeout)
	register(env, flow.ActivityComplete, w.complete)
	register(env, flow.ActivityReplyDue, w.replyDue)
	register(env, flow.ActivityReturn, w.returnToQueue)
	register(env, flow.ActivityResume, w.resume)
	register(env, flow.ActivityPosition, w.position)
	register(env, flow.ActivityOpenHours, w.hours)
	register(env, flow.ActivityDeliver, w.deliver)
	register(env, flow.ActivityGiveUp, func(context.Context, flow.DeliverInput) error { return nil })
	register(env, flow.ActivityFetch, w.fetch)
	register(env, flow.ActivityFetchLost, func(_ context.Context, in flow.ErrandInput) error { w.note(&w.LostFiles, in.Seq); return nil })
	register(env, flow.ActivityLookUp, func(_ context.Context, in flow.ErrandInput) error { w.note(&w.LookUps, in.Seq); return nil })
	register(env, flow.ActivityChange, w.change)
	register(env, flow.ActivityUnchanged, func(_ context.Context, in flow.ErrandInput) error { w.note(&w.Unchanged, in.Seq); return nil })
	register(env, flow.ActivityBot, w.bot)
}

func (w *World) fetch(_ context.Context, in flow.ErrandInput) error {
	if w.scenario.NoFiles {
		return errors.New("the provider does not hand it over")
	}
	w.note(&w.Fetched, in.Seq)
	return nil
}

func (w *World) change(_ context.Context, in flow.ErrandInput) error {
	if w.scenario.NoFiles {
		return errors.New("the provider does not answer")
	}
	w.note(&w.Changed, in.Seq)
	return nil
}

func (w *World) note(list *[]int64, seq int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, seq)
}

func (w *World) open(_ context.Context, in flow.OpenInput) (flow.OpenResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return flow.OpenResult{
		Facts: flow.Facts{
			ChannelID: "test", ChannelKind: w.channel, ChannelName: "Test", Number: 1, Language: w.Language, Queue: w.scenario.Queue, Phase: w.phase,
			Epoch: w.epoch, Local: w.scenario.Local, BotAttempts: 1, BotTimeout: 5 * time.Second, Contact: flow.Contact{ID: w.id, Name: w.scenario.ContactName},
		},
		Inputs: w.after(in.After), Stranger: w.scenario.Stranger,
	}, nil
}

func (w *World) after(seq int64) []conversation.Event {
	var inputs []conversation.Event
	for _, e := range w.events {
		if e.Seq > seq && e.PrevInput != nil {
			inputs = append(inputs, e)
		}
	}
	return inputs
}

func (w *World) inputs(_ context.Context, in flow.InputsInput) ([]conversation.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.after(in.After), nil
}

func (w *World) say(_ context.Context, in flow.AppendInput) (flow.AppendResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	waiting := w.phase == conversation.InQueue || w.phase == conversation.InOffer
	mayspeak := w.phase == conversation.InFlow || waiting && in.Kind == conversation.SystemMessage
	if in.Epoch != w.epoch || !mayspeak {
		return flow.AppendResult{Dropped: true}, nil
	}
	for _, e := range w.events {
		if e.ID == in.ID {
			return flow.AppendResult{Seq: e.Seq}, nil
		}
	}
	return flow.AppendResult{Seq: w.append(in.ID, in.Kind, in.Actor, in.Message).Seq}, nil
}

func (w *World) record(_ context.Context, in flow.RecordInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	for name, value := range in.Attributes {
		if w.Attributes[name] = value; value == "" {
			delete(w.Attributes, name)
		}
	}
	if in.Language != "" {
		w.Language = in.Language
	}
	if in.Rating != nil {
		w.Rating = in.Rating.Score
	}
	if in.Attention != "" {
		w.Attention = in.Attention
	}
	if in.Flow != "" {
		w.FinalFlow = in.Flow
	}
	if in.Step != nil {
		w.append(w.newID(), conversation.FlowStep, conversation.Actor{Kind: conversation.ByFlow}, conversation.Step{Step: in.Step.Step, Detail: in.Step.Detail})
	}
	return nil
}

func (w *World) close(_ context.Context, in flow.CloseInput) (flow.CloseResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.last > in.Cursor || w.phase != conversation.InFlow && w.phase != conversation.Done {
		return flow.CloseResult{Inputs: w.after(in.Cursor)}, nil
	}
	w.phase = conversation.Done
	w.append(w.newID(), conversation.Closed, conversation.System, conversation.Reasoned{Reason: in.Reason})
	return flow.CloseResult{Closed: true, Unsent: slices.Clone(w.scenario.Lost)}, nil
}

func (w *World) enqueue(_ context.Context, in flow.EnqueueInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.request == in.RequestID || w.phase != conversation.InFlow {
		return nil
	}
	if w.scenario.Queues != nil && !slices.Contains(w.scenario.Queues, in.Request.Queue) {
		return temporal.NewNonRetryableApplicationError("there is no queue "+in.Request.Queue, flow.ErrorUnknown, nil)
	}
	w.effect()
	w.Requests = append(w.Requests, in.Request)
	w.request, w.phase, w.queue = in.RequestID, conversation.InQueue, in.Request.Queue
	w.epoch++
	w.append(w.newID(), conversation.RoutingRequested, conversation.System, conversation.Requested{
		RequestID: in.RequestID, Queue: in.Request.Queue, Skills: in.Request.Skills, Epoch: w.epoch,
	})
	return nil
}

func (w *World) abandon(_ context.Context, in flow.AbandonInput) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.phase == conversation.InQueue || w.phase == conversation.InOffer {
		w.endOffer(conversation.ReservationCanceled, in.Reason)
		w.phase = conversation.InFlow
		w.epoch++
		w.stopClocks()
	}
	return w.phase == conversation.InFlow, nil
}

func (w *World) endOffer(kind conversation.Kind, reason string) {
	if w.offer == nil {
		return
	}
	o := *w.offer
	w.offer = nil
	if w.phase == conversation.InOffer {
		w.phase = conversation.InQueue
	}
	w.append(w.newID(), kind, conversation.System, conversation.ReservationEnd{ReservationID: o.ReservationID, Agent: o.Agent, Reason: reason})
}

func (w *World) timeout(_ context.Context, reservation uuid.UUID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.offer != nil && w.offer.ReservationID == reservation {
		w.endOffer(conversation.ReservationTimedOut, "")
	}
	return nil
}

func (w *World) callback(_ context.Context, in flow.CallbackInput) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	waits := w.phase == conversation.InQueue || w.phase == conversation.InOffer
	if waits {
		w.Greeting = in.Greeting
	}
	return waits, nil
}

func (w *World) complete(context.Context, flow.CompleteInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.phase == conversation.InWrapUp {
		w.wrapped("", true)
	}
	return nil
}

func (w *World) wrapped(outcome string, auto bool) {
	w.phase, w.agent = conversation.InFlow, conversation.Person{}
	w.epoch++
	w.append(w.newID(), conversation.Wrapped, conversation.System, conversation.WrappedBody{Outcome: outcome, Auto: auto, Epoch: w.epoch})
}

func (w *World) replyDue(context.Context, uuid.UUID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.phase == conversation.WithAgent && w.replyBy != nil && !w.now().Before(*w.replyBy) {
		w.requeue("no_reply")
	}
	return nil
}

func (w *World) returnToQueue(_ context.Context, in flow.ReturnInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.phase == conversation.WithAgent && w.agent.ID == in.AgentID {
		w.requeue("agent_lost")
	}
	return nil
}

func (w *World) requeue(reason string) {
	w.phase, w.agent, w.replyBy = conversation.InQueue, conversation.Person{}, nil
	w.epoch++
	w.append(w.newID(), conversation.Queued, conversation.System, conversation.QueuedBody{RequestID: w.request, Queue: w.queue, Reason: reason, Epoch: w.epoch})
}

func (w *World) resume(_ context.Context, in flow.ResumeInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	if w.phase == conversation.OnHold {
		w.append(w.newID(), conversation.Resumed, conversation.System, conversation.Reasoned{Reason: in.Reason})
		w.requeue("resumed")
	}
	return nil
}

func (w *World) position(context.Context, uuid.UUID) (flow.PositionResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return flow.PositionResult{Position: w.place}, nil
}

func (w *World) hours(_ context.Context, queue string) (flow.HoursResult, error) {
	next, closed := w.scenario.Closed[queue]
	if !closed {
		return flow.HoursResult{Open: true, Zone: "UTC"}, nil
	}
	result := flow.HoursResult{Zone: "UTC"}
	if !next.IsZero() {
		result.Next = &next
	}
	return result, nil
}

func (w *World) deliver(_ context.Context, in flow.DeliverInput) (flow.DeliverResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, seq := range in.Seqs {
		if !slices.Contains(w.Delivered, seq) {
			w.Delivered = append(w.Delivered, seq)
		}
	}
	return flow.DeliverResult{Sent: len(in.Seqs)}, nil
}

func (w *World) bot(_ context.Context, in flow.BotInput) (flow.BotResult, error) {
	if w.scenario.Bot == nil {
		return flow.BotResult{Unsure: true, Messages: []conversation.Message{{Text: "I do not know."}}}, nil
	}
	return w.scenario.Bot(in)
}

// ErrBot is for bots that fail.
var ErrBot = errors.New("the bot is down")

// Transcript is what was said, in the log's order, a line each: "customer: hello".
func (w *World) Transcript() []string {
	var lines []string
	for _, e := range w.events {
		if !e.Kind.Message() {
			continue
		}
		var m conversation.Message
		if err := e.Decode(&m); err != nil {
			panic(err)
		}
		text := m.Text
		if text == "" {
			text = "[" + m.Choice + "]"
		}
		if len(m.Options) > 0 {
			labels := make([]string, len(m.Options))
			for i, o := range m.Options {
				labels[i] = o.Label
			}
			text += " [" + strings.Join(labels, "|") + "]"
		}
		lines = append(lines, fmt.Sprintf("%s: %s", strings.TrimSuffix(string(e.Kind), ".message"), text))
	}
	return lines
}

// Happened lists the kinds of all events but messages and deliveries, in order.
func (w *World) Happened() []conversation.Kind {
	var kinds []conversation.Kind
	for _, e := range w.events {
		if !e.Kind.Message() && e.Kind != conversation.FlowStep {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// Undelivered lists messages to the customer that were never sent.
func (w *World) Undelivered() []int64 {
	var missing []int64
	for _, e := range w.events {
		if e.Kind.SentToCustomer() && !slices.Contains(w.Delivered, e.Seq) {
			missing = append(missing, e.Seq)
		}
	}
	return missing
}

// Phase is where the conversation stands.
func (w *World) Phase() conversation.Phase { return w.phase }
