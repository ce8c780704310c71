// Stages that look at one row at a time: where, assert, select, extend, set, drop, rename, unnest.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"
#include "frontend/sema/uses.h"

namespace flow::frontend {

void StageChecker::Check(const ast::Where& where, Cursor& at) {
  ExprScope scope = ScopeAt(at);
  TypedExprPtr predicate = CheckExpr(*where.condition, scope, Type::Bool(), checker_.diagnostics);
  if (predicate->poisoned()) return;
  FactSet facts = FactsWhenTrue(*predicate);
  bool looks_back = PlaceOver(at);
  Pass(at, node::Filter{at.node, std::move(predicate)});
  at.facts.merge(facts);
  if (looks_back) AddMap(at, AllColumns(at));
}

void StageChecker::Check(const ast::Assert& assert, Cursor& at) {
  ExprScope scope = ScopeAt(at);
  TypedExprPtr condition = CheckExpr(*assert.condition, scope, Type::Bool(), checker_.diagnostics);
  TypedExprPtr message;
  if (assert.message) {
    message = CheckExpr(*assert.message, scope, Type::String(), checker_.diagnostics);
  }
  if (condition->poisoned() || (message && message->poisoned())) return;
  FactSet facts = FactsWhenTrue(*condition);
  Pass(at, node::Assert{at.node, std::move(condition), std::move(message)});
  at.facts.merge(facts);
}

std::string StageChecker::ItemName(const std::optional<ast::Word>& name, const ast::Expr& value,
                                   bool poisoned, Span span) {
  if (name) return name->text;
  std::string by_default = DefaultName(value);
  if (!by_default.empty()) return by_default;
  if (poisoned) return {};
  checker_.diagnostics.Emit(span, Diag::WrongArguments, "this column needs a name")
      .Here("called what?")
      .Fix("add `as NAME`", Edit{Span{span.file, span.end, span.end}, " as name"}, Safety::Unsure);
  return {};
}

bool StageChecker::CheckNew(const std::vector<NamedValue>& columns, std::string_view name,
                            Span span) {
  auto taken = std::find_if(columns.begin(), columns.end(),
                            [&](const NamedValue& column) { return column.name == name; });
  if (taken == columns.end()) return true;
  checker_.diagnostics
      .Emit(span, Diag::DuplicateName, Cat("two columns would be called `", name, "`"))
      .Here("the second one")
      .Label(taken->value->span, "the first one")
      .Fix("give it another name with `as`");
  return false;
}

bool StageChecker::CheckWindowName(const Cursor& at, std::string_view name, Span span) {
  if (!at.stream.windowed || (name != "window_start" && name != "window_end")) return true;
  auto builder = checker_.diagnostics.Emit(span, Diag::DuplicateName,
                                           Cat("`", name, "` names a bound of the window here"));
  builder.Here("would hide it");
  if (at.window) builder.Label(*at.window, "this window gives the row its bounds");
  builder.Fix("choose another name");
  return false;
}

namespace {

bool IsColumn(const TypedExpr& value, std::string_view name) {
  const auto* column = std::get_if<typed::Column>(&value.node);
  return column != nullptr && column->row == 0 && column->name == name;
}

}  // namespace

std::vector<NamedValue> StageChecker::AllColumns(const Cursor& at) {
  std::vector<NamedValue> out;
  for (const StructField& field : at.stream.row.fields()) {
    if (!IsHidden(field.name))
      out.push_back({field.name, MakeColumn(at, field.name, stage_->verb)});
  }
  return out;
}

void StageChecker::Check(const ast::Select& select, Cursor& at) {
  std::vector<NamedValue> columns;
  bool ok = true;
  auto add = [&](std::string name, TypedExprPtr value, Span span) {
    bool own = !IsColumn(*value, name);
    if (!CheckNew(columns, name, span) ||
        (own && !value->poisoned() && !CheckWindowName(at, name, span))) {
      ok = false;
      return;
    }
    columns.push_back({std::move(name), std::move(value)});
  };
  for (const ast::SelectItem& item : select.items) {
    if (item.kind == ast::SelectItem::Kind::AllColumns) {
      for (NamedValue& column : AllColumns(at)) {
        add(column.name, MakeColumn(at, column.name, item.span), item.span);
      }
      continue;
    }
    TypedExprPtr value = CheckExpr(*item.value, ScopeAt(at), std::nullopt, checker_.diagnostics);
    if (item.kind == ast::SelectItem::Kind::AllFields) {
      if (value->poisoned()) {
        ok = false;
        continue;
      }
      if (!value->type.is(TypeKind::kStruct)) {
        bool optional = value->type.strip_optional().is(TypeKind::kStruct);
        auto builder = checker_.diagnostics.Emit(
            item.span, optional ? Diag::OptionalAsValue : Diag::TypeMismatch,
            Cat("`.*` takes the fields of a struct, this is ", value->type.ToText()));
        builder.Here(value->type.ToText());
        if (optional) builder.Fix("keep rows that have it first: `|> where .. != none`");
        ok = false;
        continue;
      }
      for (const StructField& field : value->type.fields()) {
        add(field.name, MakeExpr(field.type, item.span, typed::Field{value, field.name}),
            item.span);
      }
      continue;
    }
    std::string name = ItemName(item.name, *item.value, value->poisoned(), item.span);
    if (name.empty()) {
      ok = false;
      continue;
    }
    add(std::move(name), std::move(value), item.name ? item.name->span : item.span);
  }
  if (!ok) {
    at.live = false;
    return;
  }
  AddMap(at, std::move(columns));
}

// Later items see earlier ones: a new row begins where one does.
void StageChecker::Check(const ast::Extend& extend, Cursor& at) {
  std::vector<NamedValue> columns = AllColumns(at);
  std::set<std::string> fresh;
  std::string rank_column = at.rank_column;
  for (const ast::NamedExpr& item : extend.items) {
    if (UsesNames(*item.value, fresh)) {
      // rank() counts for the whole stage, so its column goes along to the last row.
      bool ranked = !rank_column.empty() && at.Has(rank_column);
      if (ranked) columns.push_back({rank_column, MakeColumn(at, rank_column, stage_->verb)});
      AddMap(at, std::move(columns));
      at.rank_column = rank_column;
      columns = AllColumns(at);
      fresh.clear();
    }
    TypedExprPtr value = CheckExpr(*item.value, ScopeAt(at), std::nullopt, checker_.diagnostics);
    std::string name = ItemName(item.name, *item.value, value->poisoned(), item.span);
    if (name.empty()) {
      at.live = false;
      continue;
    }
    Span span = item.name ? item.name->span : item.span;
    if (at.Has(name) && fresh.count(name) == 0) {
      checker_.diagnostics
          .Emit(span, Diag::DuplicateName, Cat("the row has a column `", name, "` already"))
          .Here("would stand twice")
          .Row(at.VisibleRow().ToText())
          .Fix(Cat("replace it with `|> set ", name, " = ..`, or choose another name"));
      at.live = false;
      continue;
    }
    if (!CheckNew(columns, name, span)) {
      at.live = false;
      continue;
    }
    fresh.insert(name);
    columns.push_back({std::move(name), std::move(value)});
  }
  if (at.live) AddMap(at, std::move(columns));
}

namespace {

// What `set` does to one struct: new values of fields, and of fields of fields.
struct Changes {
  TypedExprPtr value;  // the whole, or null
  Span span;
  std::map<std::string, Changes> fields;
};

TypedExprPtr Apply(TypedExprPtr old, const Changes& changes) {
  if (changes.value) return changes.value;
  if (old->type.is_optional()) {  // proved to be there, or its fields could not be set
    Type inner = old->type.inner();
    Span span = old->span;
    old = MakeExpr(std::move(inner), span, typed::Unwrap{std::move(old)});
  }
  std::vector<std::string> names;
  std::vector<TypedExprPtr> values;
  std::vector<StructField> fields;
  bool may_fail = false;
  for (const StructField& field : old->type.fields()) {
    TypedExprPtr value = MakeExpr(field.type, old->span, typed::Field{old, field.name});
    auto change = changes.fields.find(field.name);
    if (change != changes.fields.end()) value = Apply(value, change->second);
    may_fail = may_fail || value->may_fail;
    fields.push_back({field.name, value->type, {}});
    names.push_back(field.name);
    values.push_back(std::move(value));
  }
  auto made = std::make_shared<TypedExpr>();
  made->type = Type::Struct(std::move(fields));
  made->span = old->span;
  made->node = typed::MakeStruct{std::move(names), std::move(values)};
  made->may_fail = may_fail;
  return made;
}

}  // namespace

// All values see the row as it was before the stage.
void StageChecker::Check(const ast::Set& set, Cursor& at) {
  std::map<std::string, Changes> changes;
  bool ok = true;
  for (const ast::Assignment& assignment : set.assignments) {
    ExprScope scope = ScopeAt(at);
    if (assignment.path.empty()) {
      CheckExpr(*assignment.value, scope, std::nullopt, checker_.diagnostics);
      continue;
    }
    const ast::Word& first = assignment.path[0];
    bool found = FindColumn(at, first) != nullptr && CheckWindowName(at, first.text, first.span);
    TypedExprPtr old = found ? MakeColumn(at, first.text, first.span) : PoisonAt(first.span);
    Changes* change = &changes[first.text];
    std::string text = first.text;
    for (size_t i = 1; i < assignment.path.size() && found; ++i) {
      const ast::Word& word = assignment.path[i];
      found = FieldOf(at, text, word, &old);
      if (!found) break;
      text += Cat(".", word.text);
      change = &change->fields[word.text];
    }
    TypedExprPtr value = CheckReplacement(*assignment.value, scope,
                                          found ? old->type : Type::Error(), checker_.diagnostics);
    if (!found) {
      ok = false;
      continue;
    }
    Span span = Join(first.span, assignment.path.back().span);
    if (change->value != nullptr || !change->fields.empty()) {
      checker_.diagnostics.Emit(span, Diag::DuplicateName, Cat("`", text, "` is set twice"))
          .Here("the second time")
          .Fix("leave one of the two out");
      ok = false;
      continue;
    }
    change->value = std::move(value);
    change->span = span;
  }
  if (!ok) {
    at.live = false;
    return;
  }
  std::vector<NamedValue> columns = AllColumns(at);
  for (NamedValue& column : columns) {
    auto change = changes.find(column.name);
    if (change != changes.end()) column.value = Apply(column.value, change->second);
  }
  AddMap(at, std::move(columns));
}

// Steps from a struct into its field for `set a.b = ..`; reports why it cannot.
bool StageChecker::FieldOf(const Cursor& at, const std::string& text, const ast::Word& word,
                           TypedExprPtr* value) {
  const Type& type = (*value)->type;
  if (type.is_error()) return false;
  if (!type.is(TypeKind::kStruct)) {
    bool optional = type.strip_optional().is(TypeKind::kStruct);
    auto builder = checker_.diagnostics.Emit(
        word.span, optional ? Diag::OptionalAsValue : Diag::TypeMismatch,
        optional ? Cat("`", text, "` may be none, so it has no fields to set yet")
                 : Cat("`", text, "` is no struct, it has no fields to set"));
    builder.Here(Cat("`", text, "` is ", type.ToText()));
    if (optional) builder.Fix(Cat("`|> where ", text, " != none` before this stage"));
    return false;
  }
  const StructField* field = type.FindField(word.text);
  if (field == nullptr) {
    std::vector<std::string_view> names;
    for (const StructField& other : type.fields()) names.push_back(other.name);
    std::string_view near = Nearest(word.text, names);
    auto builder = checker_.diagnostics.Emit(word.span, Diag::UnknownColumn,
                                             Cat("`", text, "` has no field `", word.text, "`"));
    builder.Here(near.empty() ? "not in this struct" : Cat("did you mean `", near, "`?"));
    builder.Note(Cat("`", text, "` is ", type.ToText()));
    return false;
  }
  TypedExprPtr next = MakeExpr(field->type, word.span, typed::Field{*value, word.text});
  // Narrowed by an earlier `where a.b != none`: set goes through it.
  Path path{false, 0, {}};
  size_t begin = 0;
  std::string whole = Cat(text, ".", word.text);
  while (begin <= whole.size()) {
    size_t dot = std::min(whole.find('.', begin), whole.size());
    path.names.push_back(whole.substr(begin, dot - begin));
    begin = dot + 1;
  }
  if (next->type.is_optional() && at.facts.count(path) != 0) {
    Type inner = next->type.inner();
    next = MakeExpr(inner, word.span, typed::Unwrap{next});
  }
  *value = std::move(next);
  return true;
}

const StructField* StageChecker::FindColumn(const Cursor& at, const ast::Word& word) {
  const StructField* field = IsHidden(word.text) ? nullptr : at.stream.row.FindField(word.text);
  if (field != nullptr) return field;
  std::vector<std::string_view> names;
  for (const StructField& other : at.stream.row.fields()) {
    if (!IsHidden(other.name)) names.push_back(other.name);
  }
  std::string_view near = Nearest(word.text, names);
  auto builder = checker_.diagnostics.Emit(word.span, Diag::UnknownColumn,
                                           Cat("the row has no column `", word.text, "` here"));
  builder.Here(near.empty() ? "not in this row" : Cat("did you mean `", near, "`?"));
  ExprScope scope = ScopeAt(at);
  std::optional<LostColumn> lost = scope.where_lost ? scope.where_lost(word.text) : std::nullopt;
  if (lost) builder.Label(lost->span, lost->label);
  builder.Row(at.VisibleRow().ToText());
  if (!near.empty()) {
    builder.Fix(Cat("write `", near, "`"), Edit{word.span, std::string(near)}, Safety::Unsure);
  } else if (lost) {
    builder.Fix(lost->fix);
  } else if (std::holds_alternative<ast::Set>(stage_->node)) {
    builder.Fix(Cat("add a new column with `|> extend .. as ", word.text, "`"));
  }
  return nullptr;
}

void StageChecker::Check(const ast::Drop& drop, Cursor& at) {
  std::set<std::string> gone;
  bool ok = true;
  for (const ast::Word& word : drop.columns) {
    ok = FindColumn(at, word) != nullptr && ok;
    gone.insert(word.text);
  }
  if (!ok) return;
  std::vector<NamedValue> columns;
  for (NamedValue& column : AllColumns(at)) {
    if (gone.count(column.name) == 0) columns.push_back(std::move(column));
  }
  if (columns.empty()) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::WrongArguments, "this would leave rows without columns")
        .Here("all columns go")
        .Fix("keep at least one");
    return;
  }
  AddMap(at, std::move(columns));
}

void StageChecker::Check(const ast::Rename& rename, Cursor& at) {
  std::map<std::string, const ast::Word*> names;
  bool ok = true;
  for (const ast::RenamePair& pair : rename.pairs) {
    ok = FindColumn(at, pair.from) != nullptr && ok;
    ok = CheckWindowName(at, pair.to.text, pair.to.span) && ok;
    if (!names.try_emplace(pair.from.text, &pair.to).second) {
      checker_.diagnostics
          .Emit(pair.from.span, Diag::DuplicateName, Cat("`", pair.from.text, "` is renamed twice"))
          .Here("the second time");
      ok = false;
    }
  }
  if (!ok) {
    at.live = false;
    return;
  }
  std::vector<NamedValue> columns;
  for (NamedValue& column : AllColumns(at)) {
    auto name = names.find(column.name);
    std::string text = name == names.end() ? column.name : name->second->text;
    Span span = stage_->span;
    if (name != names.end()) {
      span = name->second->span;
    } else {
      for (const ast::RenamePair& pair : rename.pairs) {
        if (pair.to.text == text) span = pair.to.span;
      }
    }
    if (!CheckNew(columns, text, span)) {
      at.live = false;
      return;
    }
    columns.push_back({std::move(text), std::move(column.value)});
  }
  AddMap(at, std::move(columns));
}

void StageChecker::Check(const ast::Unnest& unnest, Cursor& at) {
  if (!checker_.CheckAppend(at, stage_->verb, "unnest")) {
    at.live = false;
    return;
  }
  TypedExprPtr array = CheckExpr(*unnest.value, ScopeAt(at), std::nullopt, checker_.diagnostics);
  if (array->poisoned()) {
    at.live = false;
    return;
  }
  const Type& type = array->type;
  if (!type.is(TypeKind::kArray)) {
    bool optional = type.strip_optional().is(TypeKind::kArray);
    auto builder = checker_.diagnostics.Emit(
        unnest.value->span, optional ? Diag::OptionalAsValue : Diag::TypeMismatch,
        optional ? std::string("this array may be none, so it has no elements yet")
                 : Cat("`unnest` takes an array, this is ", type.ToText()));
    builder.Here(type.ToText());
    if (optional) {
      std::string text(checker_.TextOf(unnest.value->span));
      builder.Fix(
          Cat("`unnest ", text, " ?? [] as ", unnest.name.text, "` treats none as an empty array"));
      builder.Fix(Cat("`|> where ", text, " != none` before this stage"));
    }
    at.live = false;
    return;
  }
  bool window_name = CheckWindowName(at, unnest.name.text, unnest.name.span);
  if (at.Has(unnest.name.text) || !window_name) {
    if (window_name) {
      checker_.diagnostics
          .Emit(unnest.name.span, Diag::DuplicateName,
                Cat("the row has a column `", unnest.name.text, "` already"))
          .Here("would stand twice")
          .Row(at.VisibleRow().ToText())
          .Fix("choose another name behind `as`");
    }
    at.live = false;
    return;
  }
  StreamInfo stream = at.stream;
  std::vector<StructField> fields = stream.row.fields();
  Type element = unnest.left ? Type::Optional(type.inner()) : type.inner();
  fields.push_back({unnest.name.text, element, {}});
  stream.row = Type::Struct(std::move(fields));
  at.node = Add(node::Unnest{at.node, std::move(array), unnest.name.text, unnest.left}, stream);
  at.stream = std::move(stream);
  at.lost.erase(unnest.name.text);
}

}  // namespace flow::frontend
