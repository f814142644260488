package api

import (
	"context"

	"seax/api/spec"
	"seax/internal/directory"
)

// admin answers what admins set up: people, skills, queues, presences, articles, ready-made replies and API keys.
type admin struct {
	directory *directory.Directory
}

func (h admin) ListQueues(ctx context.Context, _ spec.ListQueuesRequestObject) (spec.ListQueuesResponseObject, error) {
	all, err := h.directory.Queues(ctx)
	return spec.ListQueues200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreateQueue(ctx context.Context, r spec.CreateQueueRequestObject) (spec.CreateQueueResponseObject, error) {
	created, err := h.directory.CreateQueue(ctx, *r.Body)
	return spec.CreateQueue201JSONResponse(created), err
}

func (h admin) UpdateQueue(ctx context.Context, r spec.UpdateQueueRequestObject) (spec.UpdateQueueResponseObject, error) {
	changed, err := h.directory.UpdateQueue(ctx, r.Slug, *r.Body)
	return spec.UpdateQueue200JSONResponse(changed), err
}

func (h admin) DeleteQueue(ctx context.Context, r spec.DeleteQueueRequestObject) (spec.DeleteQueueResponseObject, error) {
	return spec.DeleteQueue204Response{}, h.directory.DeleteQueue(ctx, r.Slug, r.Params.Version)
}

func (h admin) ListSkills(ctx context.Context, _ spec.ListSkillsRequestObject) (spec.ListSkillsResponseObject, error) {
	all, err := h.directory.Skills(ctx)
	return spec.ListSkills200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreateSkill(ctx context.Context, r spec.CreateSkillRequestObject) (spec.CreateSkillResponseObject, error) {
	created, err := h.directory.CreateSkill(ctx, *r.Body)
	return spec.CreateSkill201JSONResponse(created), err
}

func (h admin) UpdateSkill(ctx context.Context, r spec.UpdateSkillRequestObject) (spec.UpdateSkillResponseObject, error) {
	changed, err := h.directory.UpdateSkill(ctx, r.Slug, *r.Body)
	return spec.UpdateSkill200JSONResponse(changed), err
}

func (h admin) DeleteSkill(ctx context.Context, r spec.DeleteSkillRequestObject) (spec.DeleteSkillResponseObject, error) {
	return spec.DeleteSkill204Response{}, h.directory.DeleteSkill(ctx, r.Slug, r.Params.Version)
}

func (h admin) ListPresences(ctx context.Context, _ spec.ListPresencesRequestObject) (spec.ListPresencesResponseObject, error) {
	all, err := h.directory.Presences(ctx)
	return spec.ListPresences200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreatePresence(ctx context.Context, r spec.CreatePresenceRequestObject) (spec.CreatePresenceResponseObject, error) {
	created, err := h.directory.CreatePresence(ctx, *r.Body)
	return spec.CreatePresence201JSONResponse(created), err
}

func (h admin) UpdatePresence(ctx context.Context, r spec.UpdatePresenceRequestObject) (spec.UpdatePresenceResponseObject, error) {
	changed, err := h.directory.UpdatePresence(ctx, r.Slug, *r.Body)
	return spec.UpdatePresence200JSONResponse(changed), err
}

func (h admin) DeletePresence(ctx context.Context, r spec.DeletePresenceRequestObject) (spec.DeletePresenceResponseObject, error) {
	return spec.DeletePresence204Response{}, h.directory.DeletePresence(ctx, r.Slug, r.Params.Version)
}

func (h admin) ListArticles(ctx context.Context, r spec.ListArticlesRequestObject) (spec.ListArticlesResponseObject, error) {
	all, err := h.directory.Articles(ctx, value(r.Params.Q), value(r.Params.Locale))
	return spec.ListArticles200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreateArticle(ctx context.Context, r spec.CreateArticleRequestObject) (spec.CreateArticleResponseObject, error) {
	created, err := h.directory.CreateArticle(ctx, *r.Body)
	return spec.CreateArticle201JSONResponse(created), err
}

func (h admin) UpdateArticle(ctx context.Context, r spec.UpdateArticleRequestObject) (spec.UpdateArticleResponseObject, error) {
	changed, err := h.directory.UpdateArticle(ctx, r.Id, *r.Body)
	return spec.UpdateArticle200JSONResponse(changed), err
}

func (h admin) DeleteArticle(ctx context.Context, r spec.DeleteArticleRequestObject) (spec.DeleteArticleResponseObject, error) {
	return spec.DeleteArticle204Response{}, h.directory.DeleteArticle(ctx, r.Id, r.Params.Version)
}

func (h admin) ListCannedReplies(ctx context.Context, _ spec.ListCannedRepliesRequestObject) (spec.ListCannedRepliesResponseObject, error) {
	all, err := h.directory.CannedReplies(ctx)
	return spec.ListCannedReplies200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreateCannedReply(ctx context.Context, r spec.CreateCannedReplyRequestObject) (spec.CreateCannedReplyResponseObject, error) {
	created, err := h.directory.CreateCannedReply(ctx, *r.Body)
	return spec.CreateCannedReply201JSONResponse(created), err
}

func (h admin) UpdateCannedReply(ctx context.Context, r spec.UpdateCannedReplyRequestObject) (spec.UpdateCannedReplyResponseObject, error) {
	changed, err := h.directory.UpdateCannedReply(ctx, r.Id, *r.Body)
	return spec.UpdateCannedReply200JSONResponse(changed), err
}

func (h admin) DeleteCannedReply(ctx context.Context, r spec.DeleteCannedReplyRequestObject) (spec.DeleteCannedReplyResponseObject, error) {
	return spec.DeleteCannedReply204Response{}, h.directory.DeleteCannedReply(ctx, r.Id, r.Params.Version)
}

func (h admin) ListPeople(ctx context.Context, _ spec.ListPeopleRequestObject) (spec.ListPeopleResponseObject, error) {
	all, err := h.directory.People(ctx)
	return spec.ListPeople200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreatePerson(ctx context.Context, r spec.CreatePersonRequestObject) (spec.CreatePersonResponseObject, error) {
	created, err := h.directory.CreatePerson(ctx, *r.Body)
	return spec.CreatePerson201JSONResponse(created), err
}

func (h admin) UpdatePerson(ctx context.Context, r spec.UpdatePersonRequestObject) (spec.UpdatePersonResponseObject, error) {
	changed, err := h.directory.UpdatePerson(ctx, caller(ctx).ID, r.Id, *r.Body)
	return spec.UpdatePerson200JSONResponse(changed), err
}

func (h admin) DeactivatePerson(ctx context.Context, r spec.DeactivatePersonRequestObject) (spec.DeactivatePersonResponseObject, error) {
	return spec.DeactivatePerson204Response{}, h.directory.Deactivate(ctx, caller(ctx).ID, r.Id, r.Params.Version)
}

func (h admin) ListApiKeys(ctx context.Context, _ spec.ListApiKeysRequestObject) (spec.ListApiKeysResponseObject, error) {
	all, err := h.directory.ApiKeys(ctx)
	return spec.ListApiKeys200JSONResponse{Items: notNil(all)}, err
}

func (h admin) CreateApiKey(ctx context.Context, r spec.CreateApiKeyRequestObject) (spec.CreateApiKeyResponseObject, error) {
	k, key, err := h.directory.CreateApiKey(ctx, caller(ctx).ID, r.Body.Name, r.Body.Role)
	return spec.CreateApiKey201JSONResponse{Id: k.Id, Name: k.Name, Role: k.Role, Prefix: k.Prefix, CreatedAt: k.CreatedAt, Key: key}, err
}

func (h admin) RevokeApiKey(ctx context.Context, r spec.RevokeApiKeyRequestObject) (spec.RevokeApiKeyResponseObject, error) {
	return spec.RevokeApiKey204Response{}, h.directory.RevokeApiKey(ctx, r.Id)
}
