// flowc schema: the type of a file's records, to paste into a script.

#include "base/text.h"
#include "frontend/frontend.h"
#include "tools/driver/catalog.h"
#include "tools/driver/sample.h"
#include "tools/flowc/verb.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() {
  return {
      {"input-format", 'i', "FORMAT", "json, csv or text (default: by the file's extension)"},
      {"name", 0, "NAME", "name of the type (default: Row)"},
  };
}

int Schema(const std::vector<std::string>& args) {
  Arguments arguments;
  if (auto error = ParseArguments(args, Options(), &arguments))
    return UsageError("schema", error->message);
  if (arguments.positional.size() > 1)
    return UsageError("schema",
                      "one file at a time; several are given as a pattern: 'logs/*.ndjson'");
  std::string path = arguments.positional.empty() ? "" : arguments.positional[0];
  if (path == "-") path.clear();
  const Catalog& catalog = FlowCatalog();
  std::string format = arguments.ValueOr("input-format", "");
  if (format.empty()) {
    const FormatDef* def = catalog.FormatOfPath(path);
    if (def == nullptr && !path.empty()) {
      return UsageError(
          "schema",
          Cat("the format of `", path,
              "` does not follow from its name; give it with -i json, -i csv or -i text"));
    }
    format = def == nullptr ? "json" : def->name;
  }
  const FormatDef* def = catalog.FindFormat(format);
  if (def == nullptr || !def->reads)
    return UsageError("schema", Cat("no format `", format, "` to read"));
  frontend::SampleResult result;
  if (def->fixed_schema != nullptr) {
    result.type = ParseType(def->fixed_schema);
  } else {
    result = SampleForFrontend({.path = path, .format = format, .format_args = {}});
  }
  if (result.type.is_error()) {
    PrintError(Cat("flowc: no schema for ",
                   path.empty() ? std::string("standard input") : Cat("`", path, "`"), ": ",
                   result.error, "\n"));
    return kIo;
  }
  std::string out = Cat("type ", arguments.ValueOr("name", "Row"), " = {\n");
  for (const StructField& field : result.type.fields()) {
    // One field a line: schemas are read and edited by people.
    std::string text = Type::Struct({field}).ToText();
    out += Cat("  ", text.substr(2, text.size() - 4), ",\n");
  }
  PrintOut(out + "}\n");
  return kDone;
}

}  // namespace

const Verb kSchemaVerb = {
    "schema",
    "Prints the type of a file's records, as a script writes it.",
    "flowc schema FILE [-i FORMAT]",
    "  flowc schema examples/data/weather.csv\n"
    "  flowc schema 'logs/*.ndjson.gz' --name Event\n",
    Options,
    Schema,
};

}  // namespace flow::cli
