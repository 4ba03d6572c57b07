# Rails itself has one secret. What its cookies were sealed with before is said with `rotate`.
require "action_controller/railtie"

EXPORT = JSON.parse(File.read(ENV.fetch("SECRETS")))

class Shop < Rails::Application
  config.load_defaults 7.0
  config.eager_load = true
  config.consider_all_requests_local = true
  config.hosts = []
  config.logger = Logger.new($stderr, level: :warn)
  config.secret_key_base = EXPORT["secret_key_base"]
  config.session_store :cookie_store, key: "shop"
  EXPORT["rotations"].each do |secret|
    generator = ActiveSupport::KeyGenerator.new(
      secret, iterations: 1000, hash_digest_class: OpenSSL::Digest::SHA256
    )
    length = ActiveSupport::MessageEncryptor.key_len
    config.action_dispatch.cookies_rotations.rotate(
      :encrypted, generator.generate_key("authenticated encrypted cookie", length)
    )
  end
end

class VisitsController < ActionController::API
  include ActionController::Cookies

  def show = render(json: { who: session[:who], count: session[:count] })

  def login
    session[:who] = params[:who]
    session[:count] = 0
    show
  end

  def add
    session[:count] += 1 if session[:who]
    show
  end
end

Shop.initialize!
Shop.routes.draw do
  root "visits#show"
  post "login", to: "visits#login"
  post "add", to: "visits#add"
end
run Shop
