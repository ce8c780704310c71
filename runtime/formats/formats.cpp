#include "runtime/formats/formats.h"

namespace flow::runtime {
namespace {

const char* WantedUnit(std::string_view text) {
  bool unit = text == "s" || text == "ms" || text == "us" || text == "ns";
  return unit ? nullptr : "one of \"s\", \"ms\", \"us\", \"ns\"";
}

const char* WantedSeparator(std::string_view text) {
  bool separates = text.size() == 1 && text != "\"" && text != "\n" && text != "\r";
  return separates ? nullptr : "one ASCII character, no quote and no line end";
}

const char* WantedValidation(std::string_view text) {
  return text == "used" || text == "all" ? nullptr : "\"used\" or \"all\"";
}

constexpr ArgumentDef kTime = {
    "time",
    "string?",
    "none",
    "unit of numbers read as timestamps: \"s\", \"ms\", \"us\" or \"ns\" "
    "since 1970; none: timestamps are text",
    true,
    WantedUnit};
constexpr ArgumentDef kMaxLine = {"max_line", "int", "16777216",
                                  "bytes of the longest record; a longer one is rejected"};
constexpr ArgumentDef kSeparator = {
    "separator", "string", "\",\"", "the one character between cells", true, WantedSeparator};
constexpr ArgumentDef kHeader = {"header", "bool", "true", "the first record names the columns"};
constexpr ArgumentDef kValidate = {
    "validate", "string",
    "\"used\"", "\"used\": judge what is read; \"all\": judge whole records",
    true,       WantedValidation};

constexpr ArgumentDef kCsvArguments[] = {kSeparator, kHeader, kTime, kMaxLine};
constexpr ArgumentDef kJsonArguments[] = {kTime, kValidate, kMaxLine};
constexpr ArgumentDef kTextArguments[] = {kMaxLine};

constexpr const char* kCsvExtensions[] = {".csv"};
constexpr const char* kJsonExtensions[] = {".json", ".jsonl", ".ndjson"};
constexpr const char* kTextExtensions[] = {".log", ".txt"};

constexpr FormatDef kCsv = {
    .name = "csv",
    .summary = "cells with separators (RFC 4180), one record a line",
    .extensions = kCsvExtensions,
    .reads = true,
    .writes = true,
    .arguments = kCsvArguments,
};

constexpr FormatDef kJson = {
    .name = "json",
    .summary = "one JSON object a line",
    .extensions = kJsonExtensions,
    .reads = true,
    .writes = true,
    .arguments = kJsonArguments,
};

constexpr FormatDef kText = {
    .name = "text",
    .summary = "lines of text with their numbers",
    .extensions = kTextExtensions,
    .reads = true,
    .writes = true,
    .arguments = kTextArguments,
    .fixed_schema = "{ line: string, n: int }",
};

constexpr const FormatDef* kFormats[] = {&kCsv, &kJson, &kText};

}  // namespace

std::span<const FormatDef* const> Formats() { return kFormats; }

}  // namespace flow::runtime
