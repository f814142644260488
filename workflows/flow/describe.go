package flow

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The search attributes by which admins filter conversations in the Temporal UI. They hold no personal data.
var (
	AttributeChannel   = temporal.NewSearchAttributeKeyKeyword("SeaxChannel")
	AttributePhase     = temporal.NewSearchAttributeKeyKeyword("SeaxPhase")
	AttributeQueue     = temporal.NewSearchAttributeKeyKeyword("SeaxQueue")
	AttributeAgent     = temporal.NewSearchAttributeKeyKeyword("SeaxAgent")
	AttributeContact   = temporal.NewSearchAttributeKeyKeyword("SeaxContact")
	AttributeAttention = temporal.NewSearchAttributeKeyBool("SeaxAttention")
	// AttributeSLADue is when a conversation at risk is due, or was: it is set from the first warning on. Setting it with every
	// message would be one more event in the history for each.
	AttributeSLADue = temporal.NewSearchAttributeKeyTime("SeaxSLADue")
)

// shown is what the search attributes say at present.
type shown struct {
	channel, phase, queue, agent, contact string
	attention                             bool
	slaDue                                time.Time
}

// describe brings the search attributes and the live details up to date. Attributes are written only when they change: each
// change is an event in the history. Details cost nothing.
func (c *Conversation) describe(ctx workflow.Context) {
	d := c.state.Desk
	now := shown{
		channel: c.facts.ChannelKind, phase: string(d.Phase), queue: d.Queue, agent: d.Agent,
		contact: c.facts.Contact.ID.String(), attention: c.state.Fallback,
	}
	var updates []temporal.SearchAttributeUpdate
	keyword := func(key temporal.SearchAttributeKeyKeyword, was, is string) {
		switch {
		case was == is:
		case is == "":
			updates = append(updates, key.ValueUnset())
		default:
			updates = append(updates, key.ValueSet(is))
		}
	}
	keyword(AttributeChannel, c.shown.channel, now.channel)
	keyword(AttributePhase, c.shown.phase, now.phase)
	keyword(AttributeQueue, c.shown.queue, now.queue)
	keyword(AttributeAgent, c.shown.agent, now.agent)
	keyword(AttributeContact, c.shown.contact, now.contact)
	if now.attention != c.shown.attention {
		updates = append(updates, AttributeAttention.ValueSet(now.attention))
	}
	if c.keepsClocks(ctx) {
		now.slaDue = c.state.SLA.Risk
	}
	switch {
	case now.slaDue.Equal(c.shown.slaDue):
	case now.slaDue.IsZero():
		updates = append(updates, AttributeSLADue.ValueUnset())
	default:
		updates = append(updates, AttributeSLADue.ValueSet(now.slaDue))
	}
	c.shown = now
	if len(updates) > 0 {
		if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
			workflow.GetLogger(ctx).Warn("update search attributes", "error", err)
		}
	}
	workflow.SetCurrentDetails(ctx, c.details())
}

// details is what the Temporal UI shows of a running conversation.
func (c *Conversation) details() string {
	d := c.state.Desk
	var b strings.Builder
	fmt.Fprintf(&b, "### Conversation #%d\n\n", c.facts.Number)
	fmt.Fprintf(&b, "| | |\n|---|---|\n| Channel | %s (%s) |\n| Flow | %s, round %d, step %d |\n| Phase | **%s** |\n",
		c.facts.ChannelName, c.facts.ChannelKind, c.flow.Name, c.state.Round, len(c.state.Journal), d.Phase)
	if d.Queue != "" {
		fmt.Fprintf(&b, "| Queue | %s |\n", d.Queue)
	}
	if d.Agent != "" {
		fmt.Fprintf(&b, "| Agent | %s |\n", d.Agent)
	}
	for _, o := range d.Offers {
		fmt.Fprintf(&b, "| Offered to | %s until %s |\n", o.Agent, o.Deadline.UTC().Format("15:04:05 MST"))
	}
	if !d.ReturnAt.IsZero() {
		fmt.Fprintf(&b, "| Agent gone | back to the queue at %s |\n", d.ReturnAt.UTC().Format("15:04:05 MST"))
	}
	if !d.ParkedFor.IsZero() {
		fmt.Fprintf(&b, "| Parked until | %s |\n", d.ParkedFor.UTC().Format("2006-01-02 15:04 MST"))
	}
	if due := c.state.SLA.Due; !due.IsZero() {
		fmt.Fprintf(&b, "| SLA due | %s |\n", due.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	if n := len(c.state.Outbound); n > 0 {
		fmt.Fprintf(&b, "| Messages to be sent | %d |\n", n)
	}
	if c.state.Fallback {
		b.WriteString("\n**Needs attention:** the flow failed; a person takes care of it.\n")
	}
	return b.String()
}
