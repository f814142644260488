package conversation

// Phase is where a conversation stands.
type Phase string

// The phases, see the state diagram in docs/ARCHITECTURE.md.
const (
	// InFlow: the bot or another step of the flow talks with the customer.
	InFlow Phase = "flow"
	// InQueue: it waits for an agent.
	InQueue Phase = "queued"
	// InOffer: an agent has been asked to take it.
	InOffer Phase = "offered"
	// WithAgent: an agent owns it.
	WithAgent Phase = "assigned"
	// OnHold: parked until a time or the customer's next message.
	OnHold Phase = "parked"
	// InWrapUp: the talk is over, the agent writes it up.
	InWrapUp Phase = "wrapping"
	// Done: closed; the customer's next message opens another.
	Done Phase = "closed"
)

// Status is how far a message to a customer got.
type Status string

// The statuses of a message, in the order in which they are reached.
const (
	StatusQueued Status = "queued"
	StatusSent   Status = "sent"
	// StatusUnconfirmed: it may or may not have been sent; a status callback or a person decides.
	StatusUnconfirmed Status = "unconfirmed"
	StatusDelivered   Status = "delivered"
	StatusRead        Status = "read"
	StatusFailed      Status = "failed"
)

// rank orders statuses; a message only moves to a higher one. Failed is final, except that proof of arrival corrects it.
var rank = map[Status]int{
	StatusQueued: 0, StatusUnconfirmed: 1, StatusSent: 2, StatusFailed: 3, StatusDelivered: 4, StatusRead: 5,
}

// Forward reports whether a message may move from one status to another.
func Forward(from, to Status) bool { return rank[to] > rank[from] }

// Known reports whether s is a status.
func (s Status) Known() bool {
	_, ok := rank[s]
	return ok
}
