#pragma once
// Runs plans with fragments written by hand in place of generated ones.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "base/type.h"
#include "runtime/inline/memory.h"
#include "runtime/run.h"
#include "runtime/type_descriptor.h"

namespace flow::runtime {

class FakeSymbols final : public SymbolResolver {
 public:
  void* Find(const std::string& symbol) const override {
    auto found = symbols.find(symbol);
    return found == symbols.end() ? nullptr : found->second;
  }
  template <class F>
  void Add(const std::string& name, F* function) {
    symbols[name] = reinterpret_cast<void*>(function);
  }
  std::map<std::string, void*> symbols;
};

// Standard streams as memory files; what was written can be read afterwards.
class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() {
    for (int* fd : {&input_, &output_, &error_}) *fd = memfd_create("stream", MFD_CLOEXEC);
    char name[] = "/tmp/flow_runtime_XXXXXX";
    directory_ = mkdtemp(name);
    options_.handle_signals = false;
    options_.unit_bytes = 64;
  }
  ~RuntimeTest() override {
    for (int fd : {input_, output_, error_}) close(fd);
    std::string remove = "rm -rf " + directory_;
    EXPECT_EQ(system(remove.c_str()), 0);
  }

  static std::string Contents(int fd) {
    std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
  void Feed(std::string_view text) {
    ASSERT_EQ(write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    lseek(input_, 0, SEEK_SET);
  }
  std::string File(const std::string& name, std::string_view text) {
    std::string path = directory_ + "/" + name;
    int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(fd);
    return path;
  }

  // A constant of the plan; lives as long as the test.
  int Const(const Type& type, const void* value, size_t size) {
    int index = static_cast<int>(plan_.consts.size());
    ConstPlan constant;
    constant.name = "constant";
    constant.type_symbol = TypeSymbol(type);
    constant.offset = plan_.consts_size;
    plan_.consts.push_back(constant);
    plan_.consts_size += 16;
    if (consts_.empty()) consts_.reserve(4096);
    consts_.resize(plan_.consts_size);
    std::memcpy(consts_.data() + constant.offset, value, size);
    plan_.init_symbol = "init";
    current_ = this;
    symbols_.Add(
        "init", +[](FlowTask*, const void*, void* consts) {
          std::memcpy(consts, current_->consts_.data(), current_->consts_.size());
          return int32_t{0};
        });
    return index;
  }
  int IntConst(int64_t value) { return Const(Type::Int(), &value, 8); }
  int BoolConst(bool value) { return Const(Type::Bool(), &value, 1); }
  int TextConst(const std::string& value) {
    texts_.push_back(std::make_unique<std::string>(value));
    FlowString text = {texts_.back()->data(), static_cast<int64_t>(value.size())};
    return Const(Type::String(), &text, sizeof text);
  }
  std::string TypeSymbol(const Type& type) {
    std::string name = type.ToText();
    symbols_.symbols[name] = const_cast<FlowType*>(types_.Get(type));
    return name;
  }

  SourcePlan& StdinSource() {
    SourcePlan source;
    source.name = "lines";
    source.endpoint.connector = "stdin";
    source.endpoint.format = "text";
    plan_.sources.push_back(source);
    return plan_.sources.back();
  }
  SourcePlan& FileSource(const std::string& path, bool follow = false) {
    SourcePlan& source = StdinSource();
    source.endpoint.connector = "file";
    source.endpoint.args.push_back({"path", TextConst(path)});
    source.endpoint.args.push_back({"follow", BoolConst(follow)});
    return source;
  }
  void StdoutSink() {
    SinkPlan sink;
    sink.name = "stdout";
    sink.endpoint.connector = "stdout";
    sink.endpoint.format = "json";
    plan_.sinks.push_back(sink);
  }
  FragmentPlan& Fragment(FlowFragmentFn function) {
    FragmentPlan fragment;
    fragment.symbol = "fragment" + std::to_string(plan_.fragments.size());
    symbols_.Add(fragment.symbol, function);
    plan_.fragments.push_back(fragment);
    return plan_.fragments.back();
  }
  void Handler(HandlerKind kind) {
    plan_.handlers.push_back({kind, ""});
    SitePlan site;
    site.stage = "source lines";
    site.code = "R0202";
    site.message = "a value does not fit its type";
    site.handler = static_cast<int>(plan_.handlers.size()) - 1;
    site.source = 0;
    plan_.sites.push_back(site);
  }

  RunResult Run() {
    auto env = MakeRealEnv({input_, output_, error_});
    return runtime::Run(plan_, symbols_, options_, *env);
  }
  void ClearOutput() {
    for (int fd : {output_, error_}) {
      EXPECT_EQ(ftruncate(fd, 0), 0);
      lseek(fd, 0, SEEK_SET);
    }
  }
  std::string Output() { return Contents(output_); }
  std::string Errors() { return Contents(error_); }

  Plan plan_;
  FakeSymbols symbols_;
  RunOptions options_;
  TypeDescriptors types_;
  std::string directory_;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;

 private:
  std::string consts_;
  std::vector<std::unique_ptr<std::string>> texts_;
  static inline RuntimeTest* current_ = nullptr;
};

// Calls `each(line)` for every line of the unit; stops when it gives false.
template <class Each>
int32_t ForLines(FlowTask* task, const FlowInput* input, Each each) {
  const char* at = input->begin;
  task->row_index = 0;
  task->line = 0;
  while (at < input->end) {
    const char* newline =
        static_cast<const char*>(memchr(at, '\n', static_cast<size_t>(input->end - at)));
    const char* end = newline == nullptr ? input->end : newline;
    task->record_begin = at;
    task->record_end = end;
    if (!each(std::string_view(at, static_cast<size_t>(end - at)))) return 1;
    ++task->row_index;
    ++task->line;
    at = end + 1;
  }
  return 0;
}

inline void Put(FlowBuffer* out, std::string_view text) {
  flow_buffer_append(out, text.data(), static_cast<int64_t>(text.size()));
}

}  // namespace flow::runtime
