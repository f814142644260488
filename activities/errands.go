package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"seax/connectors"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/workflows/flow"
)

// Keeper stores files. Its errors are those of package blob.
type Keeper interface {
	// PutAs stores what r yields under an id; it may be repeated.
	PutAs(ctx context.Context, id uuid.UUID, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error)
}

// Errands asks channels' providers for what is needed beside the talk: files customers sent, and who they are.
type Errands struct {
	Log      *conversation.Log
	Registry *connectors.Registry
	Accounts connectors.Accounts
	Files    Keeper
}

// Register makes the activities known to a worker that works on delivery queues.
func (a *Errands) Register(r Registry) {
	register(r, flow.ActivityFetch, a.Fetch)
	register(r, flow.ActivityLookUp, a.LookUp)
}

// RegisterLocal makes known what runs beside the workflow.
func (a *Errands) RegisterLocal(r Registry) { register(r, flow.ActivityFetchLost, a.FetchLost) }

// maxInbound is the largest file that is fetched, in bytes.
const maxInbound = 64 << 20

// Fetch implements flow.ActivityFetch: it fetches a message's files, one after the other. Tried again it goes on with those that are
// missing.
func (a *Errands) Fetch(ctx context.Context, in flow.ErrandInput) error {
	files, channelID, err := a.Log.PendingFiles(ctx, in.ConversationID, in.Seq)
	if err != nil || len(files) == 0 {
		return err
	}
	account, err := a.Accounts.Account(ctx, channelID)
	if err != nil && !errors.Is(err, connectors.ErrNoAccount) {
		return err
	}
	var again error
	for _, f := range files {
		got, err := a.fetch(ctx, account, f)
		if err != nil {
			// The others need not wait for it.
			again = err
			continue
		}
		if err := a.Log.SettleFile(ctx, in.ConversationID, in.Seq, got); err != nil {
			return err
		}
	}
	return again
}

// fetch returns the file, or why there will be none, or the error after which Temporal should try again.
func (a *Errands) fetch(ctx context.Context, account connectors.Account, f conversation.PendingFile) (conversation.Attachment, error) {
	var ref connectors.MediaRef
	if err := json.Unmarshal(f.Ref, &ref); err != nil {
		return lost(f, ref, conversation.FileRefused, "The file cannot be fetched."), nil
	}
	connector, _ := a.Registry.Get(account.Kind)
	fetcher, ok := connector.(connectors.MediaFetcher)
	if !ok {
		return lost(f, ref, conversation.FileOff, "The channel is switched off or removed, or hands over no files."), nil
	}
	if ref.Size > maxInbound {
		return lost(f, ref, conversation.FileTooLarge, tooLarge), nil
	}
	media, err := fetcher.FetchMedia(ctx, account, ref)
	if err != nil {
		return a.judge(f, ref, err)
	}
	defer func() { _ = media.Body.Close() }()
	stored, err := a.Files.PutAs(ctx, f.ID, fileName(ref, media), "channel:"+account.ID, maxInbound, blob.CustomerTypes, media.Body)
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return lost(f, ref, conversation.FileTooLarge, tooLarge), nil
	case errors.Is(err, blob.ErrType):
		return lost(f, ref, conversation.FileType, "Files of this kind are not accepted."), nil
	case err != nil:
		return stored, fmt.Errorf("store file %s: %w", f.ID, err)
	}
	stored.Voice, stored.Sticker = ref.Voice, ref.Sticker
	return stored, nil
}

const tooLarge = "The file is larger than 64 MB."

func (a *Errands) judge(f conversation.PendingFile, ref connectors.MediaRef, err error) (conversation.Attachment, error) {
	var classified *connectors.SendError
	if !errors.As(err, &classified) {
		return conversation.Attachment{}, fmt.Errorf("fetch file %s: %w", f.ID, err)
	}
	if classified.Permanent() {
		return lost(f, ref, conversation.FileRefused, classified.Words), nil
	}
	return conversation.Attachment{}, retryable(classified)
}

func lost(f conversation.PendingFile, ref connectors.MediaRef, code, words string) conversation.Attachment {
	return conversation.Attachment{
		ID: f.ID, Name: ref.Name, MediaType: ref.MediaType, Size: ref.Size, Voice: ref.Voice, Sticker: ref.Sticker,
		State: conversation.AttachmentFailed, Code: code, Error: words,
	}
}

func fileName(ref connectors.MediaRef, media connectors.Media) string {
	switch {
	case ref.Name != "":
		return ref.Name
	case media.Name != "":
		return media.Name
	default:
		return "file"
	}
}

// FetchLost implements flow.ActivityFetchLost: what has not come by now is given up.
func (a *Errands) FetchLost(ctx context.Context, in flow.ErrandInput) error {
	files, _, err := a.Log.PendingFiles(ctx, in.ConversationID, in.Seq)
	if err != nil {
		return err
	}
	for _, f := range files {
		var ref connectors.MediaRef
		// What cannot be read has no name to show.
		_ = json.Unmarshal(f.Ref, &ref)
		if err := a.Log.SettleFile(ctx, in.ConversationID, in.Seq, lost(f, ref, conversation.FileLate, in.Reason)); err != nil {
			return err
		}
	}
	return nil
}

// LookUp implements flow.ActivityLookUp.
func (a *Errands) LookUp(ctx context.Context, in flow.ErrandInput) error {
	_, to, err := a.Log.Deliverable(ctx, in.ConversationID, nil)
	if err != nil {
		return err
	}
	account, err := a.Accounts.Account(ctx, to.ChannelID)
	if errors.Is(err, connectors.ErrNoAccount) {
		return nil
	}
	if err != nil {
		return err
	}
	connector, _ := a.Registry.Get(account.Kind)
	lookup, ok := connector.(connectors.ProfileLookup)
	if !ok {
		return nil
	}
	profile, err := lookup.LookUp(ctx, account, to.Address)
	var classified *connectors.SendError
	switch {
	case errors.As(err, &classified) && classified.Permanent():
		return nil
	case errors.As(err, &classified):
		return retryable(classified)
	case err != nil:
		return fmt.Errorf("look up customer of conversation %s: %w", in.ConversationID, err)
	case profile.Name == "" && profile.Locale == "":
		return nil
	}
	return a.Log.Named(ctx, in.ConversationID, profile.Name, profile.Locale)
}
