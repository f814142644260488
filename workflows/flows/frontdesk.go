package flows

import (
	"go.temporal.io/sdk/workflow"

	"seax/workflows/flow"
)

// Frontdesk asks which language and which department the customer wants before anybody answers. When the department is closed
// it takes a message, which the department finds in its queue when it opens.
func Frontdesk(ctx workflow.Context, c *flow.Conversation) error {
	language, err := c.Choose(ctx, "language", "Which language do you prefer? 어떤 언어가 편하세요?", "English", "한국어")
	if err != nil {
		return err
	}
	code := map[string]string{"English": "en", "한국어": "ko"}[language]
	if err := c.SetLanguage(ctx, code); err != nil {
		return err
	}
	departments := []struct{ queue, label string }{
		{"support", c.Text(departmentSupport)},
		{"billing", c.Text(departmentBilling)},
		{"sales", c.Text(departmentSales)},
	}
	labels := make([]string, len(departments))
	for i, d := range departments {
		labels[i] = d.label
	}
	chosen, err := c.Choose(ctx, "department", c.Text(whichDepartment), labels...)
	if err != nil {
		return err
	}
	queue := departments[0].queue
	for _, d := range departments {
		if d.label == chosen {
			queue = d.queue
		}
	}
	if err := c.Set(ctx, "department", queue); err != nil {
		return err
	}
	hours, err := c.Open(ctx, queue)
	if err != nil {
		return err
	}
	if !hours.Open {
		return leaveMessage(ctx, c, queue, hours)
	}
	if err := c.Say(ctx, c.Text(connecting)); err != nil {
		return err
	}
	result, err := findPerson(ctx, c, flow.Request{Queue: queue, Skills: map[string]int{code: 40}, Reason: "frontdesk"})
	if err != nil || !result.Resolved {
		return err
	}
	return rate(ctx, c)
}

// leaveMessage takes name, address and message of a customer who comes after hours, and queues them without holding the
// customer on the line.
func leaveMessage(ctx workflow.Context, c *flow.Conversation, queue string, hours flow.Hours) error {
	closed := c.Text(weAreClosed)
	if !hours.Next.IsZero() {
		closed += " " + c.Text(weOpen) + " " + hours.Next.Format("2006-01-02 15:04 (MST)") + "."
	}
	if err := c.Say(ctx, closed); err != nil {
		return err
	}
	_, err := takeMessage(ctx, c, flow.Request{Queue: queue, Preferred: speaks(c)})
	return err
}
