package flow

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"seax/internal/sla"
)

// keepClocks sees to it that warnings and breaches of service levels are said when they come, for as long as the workflow lives. The
// database is the arbiter of what has happened; here is only the time to look.
func (c *Conversation) keepClocks(ctx workflow.Context) {
	var notBefore time.Time
	for {
		if err := workflow.Await(ctx, func() bool { return !c.state.SLA.Look.IsZero() }); err != nil {
			return
		}
		if !c.keepsClocks(ctx) {
			return
		}
		at := c.state.SLA.Look
		if at.Before(notBefore) {
			at = notBefore
		}
		if !c.awaitLook(ctx, at) {
			continue
		}
		c.looking = true
		var mark sla.Mark
		if err := c.call(ctx, "See what the clocks have come to", ActivitySLADue, c.id, &mark); err != nil {
			c.failed = err
		}
		c.state.SLA = mark
		c.looking, c.progressed = false, true
		c.describe(ctx)
		// The database's clock may be a little behind: there is no hurry to ask again.
		notBefore = workflow.Now(ctx).Add(time.Second)
	}
}

// awaitLook waits until a moment, and reports whether there is something to look at then. When something is due sooner than was
// known, it returns early with false. A timer that turns out to be too early is left alone: that is cheaper than a new one with every
// message.
func (c *Conversation) awaitLook(ctx workflow.Context, at time.Time) bool {
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, at.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: "SLA"})
	known := c.state.SLA.Look
	sooner := func() bool { look := c.state.SLA.Look; return !look.IsZero() && look.Before(known) }
	if err := workflow.Await(ctx, func() bool { return timer.IsReady() || sooner() }); err != nil || !timer.IsReady() {
		return false
	}
	look := c.state.SLA.Look
	return !look.IsZero() && !look.After(at)
}

// keepsClocks reports whether there are clocks, and this run of the workflow says what they come to. One that an older version of the
// code has been at work on goes on without: the sweep says it then.
func (c *Conversation) keepsClocks(ctx workflow.Context) bool {
	return c.state.SLA != (sla.Mark{}) && workflow.GetVersion(ctx, "sla", workflow.DefaultVersion, 1) != workflow.DefaultVersion
}
