package connectors

// Description is what admins and composers need to know of a kind.
type Description struct {
	// Kind is lower case letters, digits, _ and -, for ever: it is stored, and part of addresses.
	Kind   string
	Name   string
	Fields []Field
	// Capabilities are what every account of the kind can do, unless the connector is Tailored.
	Capabilities Capabilities
	// Local: sending is one quick write to our own database, and idempotent. Such messages are sent beside the workflow and not
	// through the kind's delivery queue, which costs Temporal half as much.
	Local bool
	// MaxBody bounds a webhook's body in bytes; 0: DefaultMaxBody.
	MaxBody int64
	// Retired says, in words, that the provider has given the channel up; "" if it has not.
	Retired string
}

// DefaultMaxBody is how much a provider may send at once unless its Description says otherwise, in bytes.
const DefaultMaxBody = 1 << 20

// Field is one setting of an account; the admin page makes its form from these.
type Field struct {
	Name    string
	Label   map[string]string
	Help    map[string]string
	Type    FieldType
	Default string
	// Required: the account cannot work without; an empty value is refused.
	Required bool
	// Placeholder shows what a value looks like.
	Placeholder string
	// Choices belong to FieldChoice.
	Choices []Choice
	// Advanced: most admins need not see it.
	Advanced bool
	// Check, if there, says in words what is wrong with a value that is not empty.
	Check func(value string) error
}

// Choice is one value of a FieldChoice.
type Choice struct {
	Value string
	Label map[string]string
}

// FieldType says how a setting is edited.
type FieldType string

// The types of settings. FieldList is one entry per line; FieldBool is "true" or "false"; FieldNumber is a decimal number.
const (
	FieldText     FieldType = "text"
	FieldTextArea FieldType = "textarea"
	FieldList     FieldType = "list"
	FieldColor    FieldType = "color"
	FieldBool     FieldType = "boolean"
	FieldNumber   FieldType = "number"
	FieldChoice   FieldType = "choice"
	// FieldSecret is write-only: encrypted at rest, never in an answer or a log.
	FieldSecret FieldType = "secret"
)

// SetupItem is something an admin pastes into the provider's console, next to the webhook's address.
type SetupItem struct {
	Label map[string]string
	Help  map[string]string
	Value string
}
