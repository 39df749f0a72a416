// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: 2026 the Auricle authors
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch_audio.h"
#include "data/corpus.h"
#include "data/csv.h"

#include <unistd.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/auricle-corpus-XXXXXX");
    scratch_create(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_destroy(folder);
    return 0;
}

static void assert_error(auricle_error error, auricle_status status, const char *part)
{
    if (error.status != status || !strstr(error.text, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", auricle_status_name(error.status), error.text,
                 part);
}

// ---- the reader of comma-separated values

static struct csv_reader read_records(const char *text, int records)
{
    struct csv_reader reader = csv_open(text, strlen(text));
    auricle_error error;
    for (int i = 0; i < records; i++)
        assert_int_equal(csv_next(&reader, &error), AURICLE_OK);
    return reader;
}

static void assert_fields(const char *text, int record, int count, const char *const *fields)
{
    struct csv_reader reader = read_records(text, record);
    assert_int_equal(reader.count, count);
    for (int i = 0; i < count; i++)
        assert_string_equal(reader.fields[i], fields[i]);
    csv_close(&reader);
}

static void test_csv_quoting(void **state)
{
    (void)state;
    assert_fields("a,b,c", 1, 3, (const char *[]){"a", "b", "c"});
    assert_fields("a,,\r\n", 1, 3, (const char *[]){"a", "", ""});
    assert_fields("\"a,b\",\"c \"\"d\"\"\",\"\"\r\n", 1, 3, (const char *[]){"a,b", "c \"d\"", ""});
    assert_fields("x\n\"two\r\nlines\",y\n", 2, 2, (const char *[]){"two\r\nlines", "y"});
    assert_fields("\xEF\xBB\xBFname,\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xA4\"", 1, 2,
                  (const char *[]){"name", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xA4"});
    assert_fields("a\n\n\r\n\nb,c\n", 2, 2, (const char *[]){"b", "c"});
}

static void test_csv_ends(void **state)
{
    (void)state;
    const char *texts[] = {"", "\xEF\xBB\xBF", "\n\r\n", "a,b\n", "a,b", "\"a\",b\r\n\r\n"};
    const int records[] = {0, 0, 0, 1, 1, 1};
    for (int i = 0; i < 6; i++) {
        struct csv_reader reader = read_records(texts[i], records[i] + 1);
        assert_int_equal(reader.count, 0);
        csv_close(&reader);
    }
}

static void test_csv_lines_are_counted(void **state)
{
    (void)state;
    struct csv_reader reader = read_records("a\n\n\"b\n\n\",c\r\nd\n", 2);
    assert_int_equal(reader.record_line, 3);
    auricle_error error;
    assert_int_equal(csv_next(&reader, &error), AURICLE_OK);
    assert_int_equal(reader.record_line, 6);
    csv_close(&reader);
}

static void assert_csv_refused(const char *text, const char *part)
{
    struct csv_reader reader = csv_open(text, strlen(text));
    auricle_error error = {0};
    auricle_status status = AURICLE_OK;
    do
        status = csv_next(&reader, &error);
    while (status == AURICLE_OK && reader.count > 0);
    assert_error(error, AURICLE_FORMAT, part);
    csv_close(&reader);
}

static void test_csv_refuses(void **state)
{
    (void)state;
    assert_csv_refused("a,b\nc,\"d\ne", "line 2, field 2: the quote is never closed");
    assert_csv_refused("a,b\n\"c\"d,e", "line 2, field 1: text after the closing quote");
    assert_csv_refused("a,b\nc,d\"e\n", "line 2, field 2: a quote inside");
    assert_csv_refused("a\n\xFF", "line 2, field 1: byte 0xFF is not UTF-8");
    const char *bad[] = {"\xC0\x80",
                         "\xC3",
                         "\xC3(",
                         "\xE0\x80\x80",
                         "\xED\xA0\x80",
                         "\x80",
                         "\xF4\x90\x80\x80",
                         "\xF0\x80\x80\x80",
                         "\xE2\x82",
                         "\xF5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_csv_refused(bad[i], "not UTF-8");
}

static void test_csv_refuses_zero_bytes(void **state)
{
    (void)state;
    struct csv_reader reader = csv_open("a,\0b", 4);
    auricle_error error;
    assert_int_equal(csv_next(&reader, &error), AURICLE_FORMAT);
    csv_close(&reader);
}

// Bytes of any kind end in a status, and give nothing outside the text.
static void test_csv_survives_anything(void **state)
{
    (void)state;
    const char alphabet[] = "a,\"\n\r\xC3\xA4 ";
    struct random random = random_seeded(5);
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t length = (size_t)random_below(&random, sizeof text);
        for (size_t i = 0; i < length; i++)
            text[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
        struct csv_reader reader = csv_open(text, length);
        size_t characters = 0;
        do {
            if (csv_next(&reader, NULL) != AURICLE_OK)
                break;
            for (int i = 0; i < reader.count; i++)
                characters += strlen(reader.fields[i]);
        } while (reader.count > 0);
        assert_true(characters <= length);
        csv_close(&reader);
    }
}

// ---- folders with metadata.csv

static void test_metadata(void **state)
{
    (void)state;
    struct corpus corpus = {0};
    auricle_error error;
    scratch_audio(folder, "a.wav", 0, 16000, 1600, 1);
    scratch_text(folder, "metadata.csv",
                 "ship,unheard_of,end,label,file_name,start,seconds,task,split,source,lang,text,"
                 "licence,speaker\r\n"
                 "yes,?,0.09,\"go, now\",a.wav,0.01,0.1,kws,train,made,en,\"say \"\"go\"\"\",CC0,"
                 "Zo\xC3\xAB\r\n");
    assert_int_equal(corpus_add(&corpus, folder, NULL, &error), AURICLE_OK);
    assert_int_equal(corpus.count, 1);
    assert_int_equal(corpus.skipped, 0);
    assert_string_equal(error.text, "");
    const struct corpus_row *row = corpus.rows;
    assert_int_equal(access(row->path, R_OK), 0);
    assert_string_equal(row->label, "go, now");
    assert_string_equal(row->speaker, "Zo\xC3\xAB");
    assert_string_equal(row->task, "kws");
    assert_string_equal(row->split, "train");
    assert_string_equal(row->source, "made");
    assert_string_equal(row->lang, "en");
    assert_string_equal(row->text, "say \"go\"");
    assert_string_equal(row->licence, "CC0");
    assert_string_equal(row->ship, "yes");
    assert_true(row->seconds == 0.1 && row->start_s == 0.01 && row->end_s == 0.09);
    corpus_free(&corpus);
    assert_null(corpus.rows);
}

static const char table[] = "file_name,label,task,split,ship,start,end\n"
                            "a.wav,one,kws,train,yes,,\n"
                            "a.wav,ann,speaker,train,yes,,\n"
                            "b.wav,two,kws,dev,no,,\n"
                            "c.wav,three,kws,train,\"yes, say so\",,\n"
                            "gone.wav,four,kws,train,yes,,\n"
                            "d.wav,five,kws,train,unclear,0.5,0.2\n"
                            "e.wav,six,kws,train,,,\n";

static void make_table(void)
{
    const char *names[] = {"a.wav", "b.wav", "c.wav", "d.wav", "e.wav"};
    for (int i = 0; i < 5; i++)
        scratch_audio(folder, names[i], 0, 16000, 1600, (uint64_t)i);
    scratch_text(folder, "metadata.csv", table);
}

static void assert_labels(const struct corpus_filter *filter, const char *labels, int skipped)
{
    struct corpus corpus = {0};
    char found[256] = "";
    auricle_error error;
    assert_int_equal(corpus_add(&corpus, folder, filter, &error), AURICLE_OK);
    for (int i = 0; i < corpus.count; i++) {
        strcat(found, i ? " " : "");
        strcat(found, corpus.rows[i].label);
    }
    assert_string_equal(found, labels);
    assert_int_equal(corpus.skipped, skipped);
    assert_true((skipped > 0) == (strstr(error.text, "gone.wav") != NULL));
    corpus_free(&corpus);
}

static void test_filters(void **state)
{
    (void)state;
    make_table();
    assert_labels(NULL, "one ann two three six", 2);
    assert_labels(&(struct corpus_filter){.task = "kws"}, "one two three six", 2);
    assert_labels(&(struct corpus_filter){.task = "kws", .split = "dev"}, "two", 0);
    assert_labels(&(struct corpus_filter){.task = "", .split = ""}, "one ann two three six", 2);
    assert_labels(&(struct corpus_filter){.only_ship = true}, "one ann three", 1);
    // the labelled part means nothing where whole files are wanted: d.wav's slip does no harm
    assert_labels(&(struct corpus_filter){.unique_files = true}, "one two three five six", 1);
}

static void test_without_a_ship_column_all_may_be_shipped(void **state)
{
    (void)state;
    scratch_audio(folder, "gone.wav", 0, 16000, 1600, 1);
    scratch_text(folder, "metadata.csv", "file_name,label\ngone.wav,one\n");
    assert_labels(&(struct corpus_filter){.only_ship = true}, "one", 0);
}

static void test_two_folders(void **state)
{
    (void)state;
    char inner[128];
    struct corpus corpus = {0};
    snprintf(inner, sizeof inner, "%s/more", folder);
    make_table();
    assert_int_equal(mkdir(inner, 0700), 0);
    scratch_audio(inner, "x.wav", 0, 16000, 1600, 1);
    struct corpus_filter unique = {.unique_files = true};
    assert_int_equal(corpus_add(&corpus, folder, &unique, NULL), AURICLE_OK);
    assert_int_equal(corpus_add(&corpus, inner, &unique, NULL), AURICLE_OK);
    assert_int_equal(corpus.count, 6);
    assert_int_equal(corpus.rows[4].folder, 0);
    assert_int_equal(corpus.rows[5].folder, 1);
    // the same folder again brings nothing new, which is no mistake
    assert_int_equal(corpus_add(&corpus, folder, &unique, NULL), AURICLE_OK);
    assert_int_equal(corpus.count, 6);
    // and what comes after it is of the fourth folder
    char other[64] = "/tmp/auricle-other-XXXXXX";
    scratch_create(other);
    scratch_audio(other, "y.wav", 0, 16000, 1600, 1);
    assert_int_equal(corpus_add(&corpus, other, &unique, NULL), AURICLE_OK);
    assert_int_equal(corpus.rows[6].folder, 3);
    scratch_destroy(other);
    corpus_free(&corpus);
}

static void test_many_unique_files(void **state)
{
    (void)state;
    enum { FILES = 700 };
    char *text = calloc(FILES, 64);
    size_t used = (size_t)sprintf(text, "file_name\n");
    for (int i = 0; i < 2 * FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.wav", i % FILES);
        if (i < FILES)
            scratch_text(folder, name, "");
        used += (size_t)sprintf(text + used, "%s\n", name);
    }
    scratch_text(folder, "metadata.csv", text);
    free(text);
    struct corpus corpus = {0};
    struct corpus_filter unique = {.unique_files = true};
    assert_int_equal(corpus_add(&corpus, folder, &unique, NULL), AURICLE_OK);
    assert_int_equal(corpus.count, FILES);
    corpus_free(&corpus);
}

static void assert_refused(const char *metadata, auricle_status status, const char *part)
{
    struct corpus corpus = {0};
    struct corpus_filter filter = {.task = "kws"};
    auricle_error error = {0};
    scratch_text(folder, "metadata.csv", metadata);
    assert_int_equal(corpus_add(&corpus, folder, &filter, &error), status);
    assert_error(error, status, part);
    assert_int_equal(corpus.count, 0);
    assert_int_equal(corpus.skipped, 0);
    corpus_free(&corpus);
}

static void test_bad_tables(void **state)
{
    (void)state;
    scratch_audio(folder, "a.wav", 0, 16000, 1600, 1);
    assert_refused("", AURICLE_FORMAT, "metadata.csv: line 1: there is no column 'file_name'");
    assert_refused("name,label\na.wav,x\n", AURICLE_FORMAT, "no column 'file_name'");
    assert_refused("file_name,task,task\n", AURICLE_FORMAT, "column 'task' appears twice");
    assert_refused("file_name,task\na.wav\n", AURICLE_FORMAT, "line 2 has 1 fields");
    assert_refused("file_name,task\na.wav,kws\na.wav,kws,x\n", AURICLE_FORMAT, "line 3 has 3");
    assert_refused("file_name,task,start\na.wav,kws,soon\n", AURICLE_FORMAT,
                   "line 2, column start: \"soon\"");
    assert_refused("file_name,task,end\na.wav,kws,-1\n", AURICLE_FORMAT, "line 2, column end");
    assert_refused("file_name,task,seconds\na.wav,kws,nan\n", AURICLE_FORMAT, "column seconds");
    assert_refused("file_name,task\n,kws\n", AURICLE_FORMAT, "line 2, column file_name: it is");
    assert_refused("file_name,task\n\"a.wav,kws\n", AURICLE_FORMAT, "line 2, field 1: the quote");
}

static void test_nothing_matches(void **state)
{
    (void)state;
    scratch_audio(folder, "a.wav", 0, 16000, 1600, 1);
    assert_refused("file_name,task\na.wav,noise\na.wav,asr\na.wav,noise\n", AURICLE_INVALID,
                   "none of 3 rows has task \"kws\"");
    assert_refused("file_name,task\na.wav,noise\na.wav,asr\na.wav,noise\n", AURICLE_INVALID,
                   "there is task noise, asr; split none");
    assert_refused("file_name,task\nb.wav,kws\n", AURICLE_INVALID, "b.wav");
    assert_refused("file_name,task\n", AURICLE_INVALID, "holds no recording");
}

// ---- folders without, and single files

static const char *base(const char *path)
{
    return strrchr(path, '/') + 1;
}

static void test_tree(void **state)
{
    (void)state;
    char inner[128], hidden[128], loop[192];
    snprintf(inner, sizeof inner, "%s/b", folder);
    snprintf(hidden, sizeof hidden, "%s/.trash", folder);
    snprintf(loop, sizeof loop, "%s/again", inner);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(mkdir(hidden, 0700), 0);
    assert_int_equal(symlink("..", loop), 0);
    const char *top[] = {"c.FLAC", "a.wav", "notes.txt", "d.opus", "e.mp3", "f.aiff", ".x.wav"};
    for (int i = 0; i < 7; i++)
        scratch_text(folder, top[i], "");
    scratch_text(inner, "z.ogg", "");
    scratch_text(hidden, "y.wav", "");
    struct corpus corpus = {0};
    assert_int_equal(corpus_add(&corpus, folder, NULL, NULL), AURICLE_OK);
    const char *sorted[] = {"a.wav", "z.ogg", "c.FLAC", "d.opus", "e.mp3", "f.aiff"};
    assert_int_equal(corpus.count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(base(corpus.rows[i].path), sorted[i]);
    assert_string_equal(corpus.rows[0].label, "");
    corpus_free(&corpus);
}

static void test_single_file_and_no_file(void **state)
{
    (void)state;
    struct corpus corpus = {0};
    auricle_error error;
    char path[128];
    assert_int_equal(corpus_add(&corpus, folder, NULL, &error), AURICLE_INVALID);
    assert_error(error, AURICLE_INVALID, "holds no recording");
    scratch_audio(folder, "a.wav", 0, 16000, 1600, 1);
    snprintf(path, sizeof path, "%s/a.wav", folder);
    assert_int_equal(corpus_add(&corpus, path, NULL, &error), AURICLE_OK);
    assert_int_equal(corpus.count, 1);
    assert_string_equal(corpus.rows[0].path, path);
    snprintf(path, sizeof path, "%s/b.wav", folder);
    assert_int_equal(corpus_add(&corpus, path, NULL, &error), AURICLE_NOT_FOUND);
    assert_error(error, AURICLE_NOT_FOUND, path);
    assert_int_equal(corpus.count, 1);
    corpus_free(&corpus);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_quoting),
        cmocka_unit_test(test_csv_ends),
        cmocka_unit_test(test_csv_lines_are_counted),
        cmocka_unit_test(test_csv_refuses),
        cmocka_unit_test(test_csv_refuses_zero_bytes),
        cmocka_unit_test(test_csv_survives_anything),
        IN_FOLDER(test_metadata),
        IN_FOLDER(test_filters),
        IN_FOLDER(test_without_a_ship_column_all_may_be_shipped),
        IN_FOLDER(test_two_folders),
        IN_FOLDER(test_many_unique_files),
        IN_FOLDER(test_bad_tables),
        IN_FOLDER(test_nothing_matches),
        IN_FOLDER(test_tree),
        IN_FOLDER(test_single_file_and_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
