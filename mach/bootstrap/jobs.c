/*
 * Jobs: what there is, and whose services.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/jobs_run.h"

struct service *
job_service(const struct job *job, const char *name)
{
	struct service *s = job->services;

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->job_next;
	return (s);
}

struct job *
job_of(struct bootstrapd *b, pid_t pid)
{
	struct job *job = b->jobs;
	pid_t leader;

	if (job == NULL)
		return (NULL);
	leader = b->os->leader(b->os->arg, pid);
	for (; job != NULL; job = job->next) {
		if (job->state == JOB_RUNS && !job->ends &&
		    (job->pid == pid || job->pid == leader))
			return (job);
	}
	return (NULL);
}

kern_return_t
job_add_service(struct bootstrapd *b, struct job *job, const char *name,
    const struct job_service *how, const struct caller *who,
    struct service **result)
{
	struct service *s;
	kern_return_t kr;

	if (job->original == NULL &&
	    service_find(b, job->scope, name, 0) != NULL)
		return (BOOTSTRAP_NAME_IN_USE);
	kr = service_create(b, job->scope, name, who, MACH_PORT_NULL, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	s->uid = job->file->has_uid ? job->file->uid : b->owner;
	s->reset = how != NULL && how->reset;
	s->hide = how != NULL && how->hide;
	s->job = job;
	s->job_next = job->services;
	job->services = s;
	if (job->original == NULL)
		service_publish(b, s);
	job_watch(b, s);
	*result = s;
	return (KERN_SUCCESS);
}

static kern_return_t
add_services(struct bootstrapd *b, struct job *job, const struct caller *who,
    const char **which)
{
	const struct job_file *file = job->file;
	struct service *s;
	kern_return_t kr;
	size_t i;

	for (i = 0; i < file->nservices; i++) {
		*which = file->services[i].name;
		kr = job_add_service(
		    b, job, *which, &file->services[i], who, &s);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	return (KERN_SUCCESS);
}

static void
job_free(struct bootstrapd *b, struct job *job)
{
	struct job **p = &b->jobs, *other;

	while (*p != job)
		p = &(*p)->next;
	*p = job->next;
	for (other = b->jobs; other != NULL; other = other->next) {
		if (other->original == job)
			other->original = NULL;
	}
	job_file_unref(job->file);
	free(job);
}

static struct job *
job_make(struct bootstrapd *b, struct scope *scope, struct job_file *file)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return (NULL);
	job->scope = scope;
	job->file = file;
	job->next = b->jobs;
	b->jobs = job;
	return (job);
}

kern_return_t
job_create(struct bootstrapd *b, struct scope *scope, struct job_file *file,
    const struct caller *who, struct job **result, const char **which)
{
	struct job *job;
	kern_return_t kr;

	for (job = b->jobs; job != NULL; job = job->next) {
		if (job->ends || strcmp(job->file->label, file->label) != 0)
			continue;
		*which = job->file->label;
		job_file_unref(file);
		return (BOOTSTRAP_NAME_IN_USE);
	}
	*which = NULL;
	job = job_make(b, scope, file);
	if (job == NULL) {
		job_file_unref(file);
		return (BOOTSTRAP_NO_MEMORY);
	}
	kr = add_services(b, job, who, which);
	if (kr != KERN_SUCCESS) {
		job_destroy(b, job);
		return (kr);
	}
	if (file->keep_alive || file->run_at_load)
		job_want(b, job);
	*result = job;
	return (KERN_SUCCESS);
}

kern_return_t
job_instance(struct bootstrapd *b, struct job *job, const struct caller *who,
    const uint8_t id[BOOTSTRAP_INSTANCE_SIZE], struct job **result)
{
	struct job *instance;
	const char *which;
	kern_return_t kr;

	for (instance = b->jobs; instance != NULL; instance = instance->next) {
		if (instance->original == job && !instance->ends &&
		    memcmp(instance->instance, id, sizeof(job->instance)) == 0)
			break;
	}
	*result = instance;
	if (instance != NULL)
		return (KERN_SUCCESS);
	instance = job_make(b, job->scope, job->file);
	if (instance == NULL)
		return (BOOTSTRAP_NO_MEMORY);
	job_file_ref(job->file);
	instance->original = job;
	memcpy(instance->instance, id, sizeof(instance->instance));
	kr = add_services(b, instance, who, &which);
	if (kr != KERN_SUCCESS) {
		job_destroy(b, instance);
		return (kr);
	}
	*result = instance;
	return (KERN_SUCCESS);
}

void
job_destroy(struct bootstrapd *b, struct job *job)
{
	while (job->services != NULL)
		service_destroy(b, job->services);
	if (job->port.port != MACH_PORT_NULL) {
		port_link_remove(b, &job->port);
		port_destroy(job->port.port);
		job->port.port = MACH_PORT_NULL;
	}
	job->ends = true;
	if (job->state == JOB_RUNS)
		b->os->kill(b->os->arg, job->pid, SIGTERM);
	else
		job_free(b, job);
}

void
jobs_free(struct bootstrapd *b)
{
	while (b->jobs != NULL)
		job_free(b, b->jobs);
}

void
jobs_leave_scope(struct bootstrapd *b, struct scope *scope)
{
	struct job *job, *next;

	for (job = b->jobs; job != NULL; job = next) {
		next = job->next;
		if (job->scope == scope && !job->ends)
			job_destroy(b, job);
	}
}

/*
 * The port of bootstrap_create_server
 */

mach_port_t
job_port_create(struct bootstrapd *b, struct job *job)
{
	mach_port_t port = request_port_create(b);

	if (port == MACH_PORT_NULL) {
		job_destroy(b, job);
		return (port);
	}
	port_link_add(b, &job->port, port, PORT_JOB, job);
	/* Told at once, and looked at when the reply is out. */
	bootstrapd_watch_senders(port, port);
	return (port);
}

void
job_port_unused(struct bootstrapd *b, struct job *job)
{
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_status_t status = { 0 };

	(void)mach_port_get_attributes(mach_task_self(), job->port.port,
	    MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status, &n);
	if (status.mps_srights)
		bootstrapd_watch_senders(job->port.port, job->port.port);
	else if (job->services == NULL && !job->file->keep_alive)
		job_destroy(b, job);
}
