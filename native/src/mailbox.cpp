#include "mailbox.h"

#include <uv.h>

namespace viking {

/** Outlives the mailbox until the loop has let go of it; an environment that ends waits for that. */
struct Mailbox::Handle {
  uv_async_t async{};
  napi_async_cleanup_hook_handle hook = nullptr;

  void close() {
    uv_close(reinterpret_cast<uv_handle_t*>(&async), [](uv_handle_t* closed) {
      auto* handle = reinterpret_cast<Handle*>(closed);
      napi_remove_async_cleanup_hook(handle->hook);
      delete handle;
    });
  }
};

Mailbox::Mailbox(Napi::Env env, std::function<void(Napi::Env)> deliver)
    : env_(env), context_(env, "vikingfs mail"), deliver_(std::move(deliver)) {
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "there is no event loop");
  auto* handle = new Handle;
  if (const int error = uv_async_init(loop, &handle->async, [](uv_async_t* woken) {
        if (woken->data != nullptr) static_cast<Mailbox*>(woken->data)->run();
      })) {
    delete handle;
    throw Napi::Error::New(env, uv_strerror(error));
  }
  handle->async.data = this;
  handle_ = handle;
  // Only holds the environment until the loop is rid of the handle: its owner, whose hook runs before, closes it.
  napi_add_async_cleanup_hook(env, [](napi_async_cleanup_hook_handle, void*) {}, handle, &handle->hook);
}

void Mailbox::wake() { uv_async_send(&handle_->async); }

void Mailbox::close() {
  if (handle_ == nullptr) return;
  handle_->async.data = nullptr;
  handle_->close();
  handle_ = nullptr;
}

void Mailbox::run() {
  const Napi::HandleScope handles(env_);
  // Its end runs what promises have to do, as the end of any callback does.
  const Napi::CallbackScope scope(env_, context_);
  try {
    deliver_(env_);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env_, error.Value());
  }
}

}  // namespace viking
