/* The check finds each fault that is planted in a clean catalogue. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "tests/survey/catalogue/planted.h"

ATF_TC_WITHOUT_HEAD(a_clean_catalogue_has_no_findings);
ATF_TC_BODY(a_clean_catalogue_has_no_findings, tc)
{
	struct planted p;

	planted_init(&p);
	planted_expect_clean(&p);
}

ATF_TC_WITHOUT_HEAD(a_row_without_source_is_found);
ATF_TC_BODY(a_row_without_source_is_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[1].from = "";
	planted_expect(&p, "kqueue: ", "source is empty");
	p.rows[1].from = NULL;
	planted_expect(&p, "kqueue: ", "source is empty");
	p.rows[1].from = "-";
	planted_expect(&p, "kqueue: ", "source is empty");
}

ATF_TC_WITHOUT_HEAD(a_duplicate_id_is_found);
ATF_TC_BODY(a_duplicate_id_is_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[3] = p.rows[0];
	planted_expect(&p, "clone: ", "duplicate id");
}

ATF_TC_WITHOUT_HEAD(texts_of_more_than_a_line_are_found);
ATF_TC_BODY(texts_of_more_than_a_line_are_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[0].why = "one\ntwo";
	planted_expect(&p, "clone: why ", "line break or control character");
	planted_init(&p);
	p.rows[0].freebsd = "tab\there";
	planted_expect(&p, "clone: FreeBSD answer ", "control character");
	planted_init(&p);
	p.rows[0].why = " blank";
	planted_expect(&p, "clone: why ", "a blank");
	planted_init(&p);
	p.rows[0].linux_name = "bad \xff byte";
	planted_expect(&p, "clone: Linux name ", "is not UTF-8");
	planted_init(&p);
	p.rows[0].why = "";
	planted_expect(&p, "clone: why ", "is empty");
}

ATF_TC_WITHOUT_HEAD(a_row_without_id_is_found);
ATF_TC_BODY(a_row_without_id_is_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[2].id = "";
	planted_expect(&p, "(no id): ", "is empty");
	p.rows[2].id = NULL;
	planted_expect(&p, "(no id): ", "is empty");
}

ATF_TC_WITHOUT_HEAD(values_outside_the_vocabulary_are_found);
ATF_TC_BODY(values_outside_the_vocabulary_are_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[0].area = ISTH_AREA_COUNT;
	planted_expect(&p, "clone: ", "unknown area");
	planted_init(&p);
	p.rows[0].kind = ISTH_KIND_COUNT;
	planted_expect(&p, "clone: ", "unknown kind");
	planted_init(&p);
	p.rows[0].class_ = ISTH_CLASS_COUNT;
	planted_expect(&p, "clone: ", "unknown class");
}

ATF_TC_WITHOUT_HEAD(an_id_that_does_not_fit_its_kind_is_found);
ATF_TC_BODY(an_id_that_does_not_fit_its_kind_is_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[0].kind = ISTH_KIND_HEADER;
	planted_expect(&p, "clone: ", "does not look like a header");
	planted_init(&p);
	p.rows[0].kind = ISTH_KIND_SEMANTIC;
	planted_expect(&p, "clone: ", "does not look like a semantic");
	planted_init(&p);
	p.rows[2].kind = ISTH_KIND_FILESYSTEM;
	planted_expect(&p, "cmd:unshare: ", "does not look like a filesystem");
	planted_init(&p);
	p.rows[3].kind = ISTH_KIND_SYSCTL;
	planted_expect(&p, "/dev/kvm: ", "does not look like a sysctl");
}

ATF_TC_WITHOUT_HEAD(a_class_that_contradicts_the_answer_is_found);
ATF_TC_BODY(a_class_that_contradicts_the_answer_is_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[0].freebsd = "-";
	planted_expect(&p, "clone: ", "redesign without a FreeBSD answer");
	planted_init(&p);
	p.rows[0].class_ = ISTH_CLASS_ABSENT;
	planted_expect(&p, "clone: ", "absent with a FreeBSD answer");
}

ATF_TC_WITHOUT_HEAD(dangling_references_are_found);
ATF_TC_BODY(dangling_references_are_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.needs[1].id = "no-such-row";
	planted_expect(&p, "daemon: ", "\"no-such-row\", which is no row");
	planted_init(&p);
	p.probe[0].interface_id = "no-such-row";
	planted_expect(&p, "process.clone: ", "which is no row");
}

ATF_TC_WITHOUT_HEAD(faults_of_a_consumer_are_found);
ATF_TC_BODY(faults_of_a_consumer_are_found, tc)
{
	struct planted p;

	planted_init(&p);
	p.needs[1] = p.needs[0];
	planted_expect(&p, "daemon: ", "needs \"clone\" twice");
	planted_init(&p);
	p.needs[0].purpose = "";
	planted_expect(&p, "clone: ", "purpose is empty");
	planted_init(&p);
	p.consumer[0].nneeds = 0;
	planted_expect(&p, "daemon: ", "without needs");
	planted_init(&p);
	p.consumer[0].from = "";
	planted_expect(&p, "daemon: ", "source is empty");
	planted_init(&p);
	p.consumer[1] = p.consumer[0];
	p.view.nconsumers = 2;
	planted_expect(&p, "daemon: ", "duplicate consumer");
}

ATF_TC_WITHOUT_HEAD(every_fault_is_counted);
ATF_TC_BODY(every_fault_is_counted, tc)
{
	struct planted p;
	char *text;
	size_t n;

	planted_init(&p);
	p.rows[0].from = "";
	p.rows[1].why = "";
	p.needs[0].id = "no-such-row";
	text = planted_check(&p, &n);
	ATF_CHECK_EQ_MSG(3, n, "%s", text);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_clean_catalogue_has_no_findings);
	ATF_TP_ADD_TC(tp, a_row_without_source_is_found);
	ATF_TP_ADD_TC(tp, a_duplicate_id_is_found);
	ATF_TP_ADD_TC(tp, texts_of_more_than_a_line_are_found);
	ATF_TP_ADD_TC(tp, a_row_without_id_is_found);
	ATF_TP_ADD_TC(tp, values_outside_the_vocabulary_are_found);
	ATF_TP_ADD_TC(tp, an_id_that_does_not_fit_its_kind_is_found);
	ATF_TP_ADD_TC(tp, a_class_that_contradicts_the_answer_is_found);
	ATF_TP_ADD_TC(tp, dangling_references_are_found);
	ATF_TP_ADD_TC(tp, faults_of_a_consumer_are_found);
	ATF_TP_ADD_TC(tp, every_fault_is_counted);
	return (atf_no_error());
}
