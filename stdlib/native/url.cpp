// url_host, url_path, url_query, url_decode: parts of a URL, as views into it.

#include "runtime/inline/utf8.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::Literal;
using flow::stdlib::View;

namespace {

struct OptionalString {
  FlowString value;
  uint8_t present;
};

// Behind `scheme://`, or all of a text that has none.
std::string_view WithoutScheme(std::string_view url) {
  size_t at = url.find("://");
  return at == std::string_view::npos ? url : url.substr(at + 3);
}

// Path, query and fragment; empty when the URL is a host only.
std::string_view AfterHost(std::string_view url) {
  if (url.starts_with('/')) return url;
  std::string_view rest = WithoutScheme(url);
  size_t at = rest.find_first_of("/?#");
  return at == std::string_view::npos ? std::string_view(rest.data() + rest.size(), 0)
                                      : rest.substr(at);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// %41 and + of [from, size) as text; null when it is no UTF-8.
bool Decode(FlowTask* task, std::string_view text, FlowString* out) {
  char* data = Allocate(task->arena, static_cast<int64_t>(text.size()));
  char* to = data;
  for (size_t i = 0; i < text.size(); ++i) {
    int high = i + 2 < text.size() && text[i] == '%' ? HexDigit(text[i + 1]) : -1;
    int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      *to++ = static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      *to++ = text[i] == '+' ? ' ' : text[i];
    }
  }
  *out = {data, to - data};
  return flow_utf8_valid(data, to - data);
}

}  // namespace

extern "C" {

bool flow_fn_url_host(FlowTask*, FlowString* out, const FlowString* url) noexcept {
  std::string_view host = View(*url);
  if (host.starts_with('/')) {
    *out = {url->data, 0};
    return true;
  }
  host = WithoutScheme(host);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') == std::string_view::npos ? 0 : host.rfind('@') + 1);
  // A port stands behind the last colon that is not inside the brackets of an IPv6 address.
  size_t colon = host.rfind(':');
  size_t bracket = host.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
    host = host.substr(0, colon);
  }
  *out = Literal(host);
  return true;
}

bool flow_fn_url_path(FlowTask*, FlowString* out, const FlowString* url) noexcept {
  std::string_view rest = AfterHost(View(*url));
  *out = Literal(rest.substr(0, rest.find_first_of("?#")));
  return true;
}

// The value of a query parameter, decoded; none when there is no such parameter.
bool flow_fn_url_query(FlowTask* task, void* out, const FlowString* url,
                       const FlowString* name) noexcept {
  auto* result = static_cast<OptionalString*>(out);
  *result = {{nullptr, 0}, 0};
  std::string_view query = View(*url);
  query = query.substr(0, query.find('#'));
  size_t at = query.find('?');
  if (at == std::string_view::npos) return true;
  query = query.substr(at + 1);
  while (!query.empty()) {
    size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    size_t equals = pair.find('=');
    if (pair.substr(0, equals) != View(*name)) continue;
    std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    result->present = Decode(task, value, &result->value);
    return true;
  }
  return true;
}

bool flow_fn_url_decode(FlowTask* task, FlowString* out, const FlowString* text) noexcept {
  return Decode(task, View(*text), out);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kHostOverloads[] = {
    {.signature = "url_host(url: string) -> string", FLOW_KERNEL(flow_fn_url_host)},
};
const FunctionExample kHostExamples[] = {
    {R"(url_host("https://me@example.org:8080/a?b=c"))", R"("example.org")"},
    {R"(url_host("/only/a/path"))", R"("")"},
};
const FunctionOverload kPathOverloads[] = {
    {.signature = "url_path(url: string) -> string", FLOW_KERNEL(flow_fn_url_path)},
};
const FunctionExample kPathExamples[] = {
    {R"(url_path("https://example.org/a/b?c=d#e"))", R"("/a/b")"},
};
const FunctionOverload kQueryOverloads[] = {
    {.signature = "url_query(url: string, name: string) -> string?",
     FLOW_KERNEL(flow_fn_url_query)},
};
const FunctionExample kQueryExamples[] = {
    {R"(url_query("/search?q=a%20b+c&n=5", "q"))", R"("a b c")"},
    {R"(url_query("/search", "q") == none)", "true"},
};
const FunctionOverload kDecodeOverloads[] = {
    {.signature = "url_decode(text: string) -> string!", FLOW_KERNEL(flow_fn_url_decode)},
};
const FunctionExample kDecodeExamples[] = {{R"(url_decode("K%C3%A4se")!)", R"("Käse")"}};

}  // namespace

const FunctionDef kUrlDecode = {"url_decode", "text whose %41 and + are read", kDecodeOverloads,
                                kDecodeExamples};
const FunctionDef kUrlHost = {"url_host", "host of a URL, without port", kHostOverloads,
                              kHostExamples};
const FunctionDef kUrlPath = {"url_path", "path of a URL, without query", kPathOverloads,
                              kPathExamples};
const FunctionDef kUrlQuery = {"url_query", "value of a query parameter of a URL", kQueryOverloads,
                               kQueryExamples};

}  // namespace flow::stdlib
