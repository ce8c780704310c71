// Machine code kept from one run to the next: what is found is what was kept, and nothing else is.

#include "codegen/object_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace flow::codegen {
namespace {

namespace fs = std::filesystem;

class ObjectCacheTest : public testing::Test {
 protected:
  ObjectCacheTest()
      : folder_(fs::temp_directory_path() / Cat("flow-cache-", getpid())),
        cache_((folder_ / "flowc").string()) {}
  ~ObjectCacheTest() override { fs::remove_all(folder_); }

  static CompiledCode Code(std::string object) {
    CompiledCode code;
    code.plan.script_name = "x.flow";
    code.object = std::move(object);
    code.open = {"flow_reject", "flow_now"};
    return code;
  }
  fs::path FileOf(const std::string& key) const { return folder_ / "flowc" / (key + ".code"); }
  static std::string BytesOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void Write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  fs::path folder_;
  ObjectCache cache_;
};

TEST_F(ObjectCacheTest, GivesWhatWasKept) {
  EXPECT_FALSE(cache_.Find("a").has_value());
  cache_.Keep("a", Code(std::string("\0\n1\n", 4)));
  cache_.Keep("b", Code(""));
  std::optional<CompiledCode> found = cache_.Find("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->object, std::string("\0\n1\n", 4));
  EXPECT_EQ(found->open, Code("").open);
  EXPECT_EQ(found->plan, Code("").plan);
  EXPECT_TRUE(cache_.Find("b").has_value());
  EXPECT_FALSE(cache_.Find("c").has_value());
}

TEST_F(ObjectCacheTest, TakesNothingThatIsDamaged) {
  cache_.Keep("a", Code("machine code"));
  const std::string good = BytesOf(FileOf("a"));
  for (size_t size = 0; size < good.size(); ++size) {
    Write(FileOf("a"), good.substr(0, size));
    EXPECT_FALSE(cache_.Find("a").has_value()) << "cut after " << size << " bytes";
  }
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Write(FileOf("a"), bad);
    EXPECT_FALSE(cache_.Find("a").has_value()) << "byte " << at << " changed";
  }
  Write(FileOf("a"), good);
  EXPECT_TRUE(cache_.Find("a").has_value());
  Write(FileOf("b"), good);
  EXPECT_FALSE(cache_.Find("b").has_value()) << "the file of another key";
}

TEST_F(ObjectCacheTest, TakesNothingThatOthersMayHaveWritten) {
  cache_.Keep("a", Code("machine code"));
  ASSERT_EQ(chmod(FileOf("a").c_str(), 0620), 0);
  EXPECT_FALSE(cache_.Find("a").has_value());
}

TEST_F(ObjectCacheTest, IsSilentWhereItCannotWrite) {
  fs::create_directories(folder_);
  Write(folder_ / "flowc", "a file where the folder should be");
  cache_.Keep("a", Code("machine code"));
  EXPECT_FALSE(cache_.Find("a").has_value());
  ObjectCache none("");
  none.Keep("", Code("machine code"));
  EXPECT_EQ(none.KeyOf({}, {}, false), "");
}

TEST_F(ObjectCacheTest, ForgetsWhatWasNotUsedForLongest) {
  cache_.Keep("old", Code("machine code"));
  cache_.Keep("older", Code("machine code"));
  cache_.Keep("used", Code("machine code"));
  auto now = fs::file_time_type::clock::now();
  for (const char* key : {"old", "older", "used"}) {
    fs::resize_file(FileOf(key), 30 << 20);
    fs::last_write_time(FileOf(key), now - std::chrono::hours(key[3] == 'e' ? 2 : 1));
  }
  fs::last_write_time(FileOf("used"), now);
  cache_.Keep("new", Code("machine code"));
  EXPECT_FALSE(fs::exists(FileOf("older")));
  EXPECT_FALSE(fs::exists(FileOf("old")));
  EXPECT_TRUE(fs::exists(FileOf("used")));
  EXPECT_TRUE(cache_.Find("new").has_value());
}

}  // namespace
}  // namespace flow::codegen
