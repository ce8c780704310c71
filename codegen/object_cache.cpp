#include "codegen/object_cache.h"

#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "codegen/backend.h"
#include "ir/print.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/xxhash.h"
#include "runtime/plan_text.h"

namespace flow::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "flowc code 1\n";
constexpr std::string_view kSuffix = ".code";
constexpr uint64_t kFolderBytesMax = 64 << 20;

// The linker's hash of this program; empty when it has none.
std::string BuildId() {
  std::string id;
  auto look = [](dl_phdr_info* info, size_t, void* out) {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr)& header = info->dlpi_phdr[i];
      if (header.p_type != PT_NOTE) continue;
      const char* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
      const char* end = at + header.p_memsz;
      while (end - at >= static_cast<ptrdiff_t>(sizeof(ElfW(Nhdr)))) {
        ElfW(Nhdr) note;
        std::memcpy(&note, at, sizeof note);
        const char* name = at + sizeof note;
        const char* text = name + (note.n_namesz + 3) / 4 * 4;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            std::memcmp(name, "GNU", 4) == 0) {
          static_cast<std::string*>(out)->assign(text, note.n_descsz);
          return 1;
        }
        at = text + (note.n_descsz + 3) / 4 * 4;
      }
    }
    return 1;  // the program stands first, libraries are not asked
  };
  dl_iterate_phdr(look, &id);
  return id;
}

// Parts of an entry, each with its length before it.
void Put(std::string& out, std::string_view part) { Append(out, Cat(part.size(), "\n", part)); }

bool Take(std::string_view* text, std::string_view* part) {
  size_t size = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (error != std::errc() || end == text->data() + text->size() || *end != '\n') return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()) + 1);
  if (text->size() < size) return false;
  *part = text->substr(0, size);
  text->remove_prefix(size);
  return true;
}

std::string Checksum(std::string_view text) {
  return llvm::utohexstr(llvm::xxh3_64bits(llvm::StringRef(text.data(), text.size())));
}

bool ReadAll(const std::string& path, std::string* out) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat status{};
  // Code that somebody else could have written is not run.
  bool good = fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
              (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (good) out->resize(static_cast<size_t>(status.st_size));
  for (size_t at = 0; good && at < out->size();) {
    ssize_t count = read(file, out->data() + at, out->size() - at);
    good = count > 0;
    if (good) at += static_cast<size_t>(count);
  }
  // It was used now, which is what Keep goes by.
  if (good) futimens(file, nullptr);
  close(file);
  return good;
}

bool WriteAll(const std::string& path, std::string_view text) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  bool good = true;
  while (good && !text.empty()) {
    ssize_t count = write(file, text.data(), text.size());
    good = count > 0;
    if (good) text.remove_prefix(static_cast<size_t>(count));
  }
  return close(file) == 0 && good;
}

void RemoveOldest(const std::string& folder) {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    uint64_t size;
  };
  std::vector<Entry> entries;
  uint64_t all = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    Entry entry{at->path(), at->last_write_time(gone), at->file_size(gone)};
    if (gone || !at->path().filename().string().ends_with(kSuffix)) continue;
    all += entry.size;
    entries.push_back(std::move(entry));
  }
  if (all <= kFolderBytesMax) return;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (all <= kFolderBytesMax / 4 * 3) return;
    fs::remove(entry.path, error);
    all -= entry.size;
  }
}

}  // namespace

std::string ObjectCache::KeyOf(const ir::Module& module, const Options& options,
                               bool first_tier) const {
  if (folder_.empty()) return "";
  std::string build = BuildId();
  if (build.empty()) return "";
  std::string text;
  Put(text, build);
  Put(text, options.cpu == "native" ? NativeProcessor() : options.cpu);
  Put(text, Cat(options.opt_level, first_tier ? " first" : "", options.lines ? " lines" : "",
                options.profile ? " profile" : ""));
  Put(text, ir::Print(module, {.places = true}));
  std::array<uint8_t, 32> hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(hash, /*LowerCase=*/true);
}

std::optional<CompiledCode> ObjectCache::Find(const std::string& key) const {
  if (key.empty()) return std::nullopt;
  std::string bytes;
  if (!ReadAll(Cat(folder_, "/", key, kSuffix), &bytes)) return std::nullopt;
  std::string_view text = bytes;
  std::string_view sum;
  std::string_view part;
  if (!text.starts_with(kMagic)) return std::nullopt;
  text.remove_prefix(kMagic.size());
  if (!Take(&text, &sum) || sum != Checksum(text)) return std::nullopt;
  CompiledCode code;
  if (!Take(&text, &part) || part != key) return std::nullopt;
  if (!Take(&text, &part) || !runtime::ReadPlan(part, &code.plan)) return std::nullopt;
  if (!Take(&text, &part)) return std::nullopt;
  code.object = part;
  while (!text.empty()) {
    if (!Take(&text, &part)) return std::nullopt;
    code.open.emplace_back(part);
  }
  return code;
}

void ObjectCache::Keep(const std::string& key, const CompiledCode& code) const {
  if (key.empty()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return;
  std::string body;
  Put(body, key);
  Put(body, runtime::WritePlan(code.plan));
  Put(body, code.object);
  for (const std::string& symbol : code.open) Put(body, symbol);
  std::string entry(kMagic);
  Put(entry, Checksum(body));
  Append(entry, body);
  // Whole or not at all, whoever else runs the same script now.
  std::string path = Cat(folder_, "/", key, kSuffix);
  std::string unfinished = Cat(folder_, "/", key, ".", getpid(), kSuffix);
  if (!WriteAll(unfinished, entry) || rename(unfinished.c_str(), path.c_str()) != 0) {
    unlink(unfinished.c_str());
    return;
  }
  RemoveOldest(folder_);
}

}  // namespace flow::codegen
